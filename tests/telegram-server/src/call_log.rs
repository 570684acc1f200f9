//! Who asked what, and what came of it: what tests assert on.

use grammers_tl_types::Deserializable;

use crate::world::AccountId;

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was answered.
    Answered,
    /// It was refused, with this code and name.
    Refused(i32, String),
    /// A fault took the answer away; the text names it.
    Lost(String),
}

/// A call of a method.
#[derive(Debug, Clone)]
pub struct Call {
    /// The connection that it came through; each has its own number.
    pub connection: u64,
    /// The data centre that was asked.
    pub data_centre: i32,
    /// Who was logged in, if anybody.
    pub account: Option<AccountId>,
    /// The method, such as `messages.getHistory`, or its constructor where no schema has it.
    pub method: String,
    /// The layer that the key's client said it speaks.
    pub layer: Option<i32>,
    /// How it ended.
    pub outcome: Outcome,
    /// The request as it came, without what it was wrapped in.
    pub body: Vec<u8>,
}

impl Call {
    /// The request; none where it is another one. `call.read::<tl::functions::messages::GetHistory>()`
    #[must_use]
    pub fn read<T: Deserializable + grammers_tl_types::Identifiable>(&self) -> Option<T> {
        let is_it = self.body.first_chunk() == Some(&T::CONSTRUCTOR_ID.to_le_bytes());
        is_it.then(|| T::from_bytes(&self.body[4..]).ok()).flatten()
    }
}

/// Something that a client did against the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The connection that it came through.
    pub connection: u64,
    /// What it was.
    pub what: String,
}
