//! Whether `sigtower up` can listen where it is to, or does already.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::data_folder::Owner;
use crate::doctor::finding::Finding;

const NAME: &str = "port";

/// Looks at the port, beside the folder whose owner may be the one that listens.
pub(super) fn look(port: u16, folder: Option<&Path>) -> Finding {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let error = match TcpListener::bind(address) {
        Ok(_) => return Finding::ok(NAME, format!("{port} is free for sigtower up")),
        Err(error) => error,
    };
    if let Some(owner) = folder.and_then(Owner::told).filter(|owner| owner.address == Some(address)) {
        return Finding::ok(NAME, format!("{port} is that of your running sigtower up, process {}", owner.pid));
    }
    let next = "choose another one: sigtower up --port 8001";
    let what = match error.kind() {
        ErrorKind::AddrInUse => format!("another program listens on {port}"),
        _ => format!("nobody may listen on {port}"),
    };
    Finding::warn(NAME, what, error, next)
}
