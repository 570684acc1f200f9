//! The functions as they are deployed: the built programs, run as processes by a Lambda of this test's own, with a
//! DynamoDB on loopback, and asked by events of API Gateway and of the table's stream.

mod asking;
mod counting;
mod dynamodb;
mod runtime_api;
mod serving;
mod starting;
