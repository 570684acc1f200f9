//! The sources against what they read: pages from a server on loopback, and files of exports.

mod export_html;
mod export_json;
mod faults;
mod preview;
mod walk;
mod world;
