//! The server as a program: for clients in other languages, and for people who look at one.
//!
//! The first line of its output says where it listens and which key it has; the control port does the rest.

use std::io::Write;
use std::sync::Arc;

use clap::Parser;
use telegram_server::{ControlPort, DATA_CENTRES, TelegramServer};

/// A Telegram on loopback, empty at first, for tests of its clients.
#[derive(Debug, Parser)]
struct Arguments {
    /// The port of the first data centre; the others listen on the next ones. 0: any that are free.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The port for commands, a line of JSON each. 0: any that is free.
    #[arg(long, default_value_t = 0)]
    control_port: u16,
    /// End when the standard input does, and so with the process that started this one.
    #[arg(long)]
    until_input_ends: bool,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let server = Arc::new(TelegramServer::start_at(arguments.port).await?);
    let control = ControlPort::open(Arc::clone(&server), arguments.control_port).await?;
    let ports: serde_json::Map<String, serde_json::Value> =
        (1..=DATA_CENTRES).map(|id| (id.to_string(), server.address(id).port().into())).collect();
    let said = serde_json::json!({
        "control_port": control.address().port(),
        "data_centres": ports,
        "public_key": server.public_key(),
    });
    writeln!(std::io::stdout(), "{said}")?;
    if arguments.until_input_ends {
        tokio::io::copy(&mut tokio::io::stdin(), &mut tokio::io::sink()).await?;
        return Ok(());
    }
    std::future::pending().await
}
