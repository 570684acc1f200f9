//! What goes wrong on purpose: rules for methods, each for so many calls.

use std::time::Duration;

/// What happens to a call instead of its answer, or beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is refused with this code and name: `Error(420, "FLOOD_WAIT_3")`.
    Error(i32, String),
    /// It is never answered.
    Silent,
    /// It is answered so much later.
    Slow(Duration),
    /// The connection is closed before the call is executed.
    ClosedBefore,
    /// The call is executed, and the connection is closed instead of the answer.
    ClosedAfter,
    /// The transport says an error, such as 429 or 404, and closes.
    Transport(i32),
    /// The answer is of a constructor that no schema has.
    UnknownConstructor,
    /// The answer is bytes that nobody can decrypt.
    Garbage,
}

/// A rule.
#[derive(Debug, Clone)]
struct Rule {
    method: String,
    fault: Fault,
    calls_before: usize,
    calls: usize,
}

/// The rules that are in force, oldest first.
#[derive(Debug, Default)]
pub struct Faults(Vec<Rule>);

impl Faults {
    /// After `calls_before` calls of the method that go well, the next `calls` have this fault. `*` is every method.
    pub fn add(&mut self, method: &str, fault: Fault, calls_before: usize, calls: usize) {
        if calls == 0 {
            return;
        }
        self.0.push(Rule { method: method.to_owned(), fault, calls_before, calls });
    }

    /// Everything goes well again.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault of a call that is made now. The oldest rule of its method counts, until it is used up.
    pub fn of_call(&mut self, method: &str) -> Option<Fault> {
        let at = self.0.iter().position(|rule| rule.method == method || rule.method == "*")?;
        let rule = &mut self.0[at];
        if rule.calls_before > 0 {
            rule.calls_before -= 1;
            return None;
        }
        let fault = rule.fault.clone();
        rule.calls -= 1;
        if rule.calls == 0 {
            self.0.remove(at);
        }
        Some(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_waits_counts_and_ends() {
        let mut faults = Faults::default();
        faults.add("messages.getHistory", Fault::Silent, 1, 2);
        faults.add("*", Fault::Garbage, 0, 1);
        let mut of = |method| faults.of_call(method);
        assert_eq!(of("messages.getHistory"), None);
        assert_eq!(of("messages.getHistory"), Some(Fault::Silent));
        assert_eq!(of("help.getConfig"), Some(Fault::Garbage));
        assert_eq!(of("help.getConfig"), None);
        assert_eq!(of("messages.getHistory"), Some(Fault::Silent));
        assert_eq!(of("messages.getHistory"), None);
    }
}
