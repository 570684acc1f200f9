//! The checksum of the full transport.

use flate2::Crc;

/// CRC-32 as in gzip.
#[must_use]
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}
