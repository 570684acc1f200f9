//! What the API promises, asked of its routers over a real store.

mod asking;
mod authorization;
mod backing_up;
mod batching;
mod changing;
mod channels;
mod creating;
mod failing;
mod guards;
mod keys;
mod limits;
mod listing;
mod repeating;
mod telling;
