//! The flags of `sigtower deploy`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

#[derive(Args, Debug)]
pub(crate) struct DeployArgs {
    /// Show what would be done, after looking whether it can be; change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// A parameter of template.yaml, such as Channels=whalechart,io_altsignals; give it several times for several. What
    /// was given before stays, but for Architecture; the rest are the template's defaults. AlarmEmail= empties one.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parameter)]
    pub(crate) parameters: Vec<Parameter>,

    /// The name of the stack.
    #[arg(long, value_name = "NAME", default_value = "sigtower", value_parser = stack)]
    pub(crate) stack: String,

    /// The region; that of the profile of AWS unless said otherwise. SAM alone does not read the variable everywhere.
    #[arg(long, env = "AWS_REGION", value_name = "REGION", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) region: Option<String>,

    /// The clone of the repository.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub(crate) source_dir: PathBuf,

    /// Make the changes without asking.
    #[arg(long)]
    pub(crate) yes: bool,
}

/// A parameter of the template, with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// What SAM reads as one word, and no shell or quote changes.
fn parameter(text: &str) -> Result<Parameter, String> {
    let (name, value) = text.split_once('=').ok_or("not of the form NAME=VALUE")?;
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err("the name of a parameter has letters and digits alone".to_owned());
    }
    if !value.bytes().all(|b| b.is_ascii_graphic() && !b"\"'\\`$;&|<>()".contains(&b)) {
        return Err("the value has a space or a character that a shell reads as its own".to_owned());
    }
    Ok(Parameter { name: name.to_owned(), value: value.to_owned() })
}

/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack-parameters.html>
fn stack(text: &str) -> Result<String, String> {
    let is_name = text.len() <= 100
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_name.then(|| text.to_owned()).ok_or_else(|| "a stack has letters, digits and hyphens, a letter first".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_a_name_and_a_value_of_one_word() {
        for text in [
            "AlarmEmail=",
            "Channels=whalechart,io_altsignals",
            "CorsOrigins=https://desk.example:8443",
            "Shards=1,1,1",
        ] {
            let (name, value) = text.split_once('=').unwrap();
            assert_eq!(parameter(text), Ok(Parameter { name: name.to_owned(), value: value.to_owned() }));
        }
        for text in ["Channels", "=x", "a b=c", "A=b c", "A=\"b\"", "A=$(x)", "A=b;c", "A=größer", "A=\n"] {
            assert!(parameter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_stack_has_a_name_that_aws_takes() {
        assert!(["sigtower", "sigtower-2"].iter().all(|name| stack(name).is_ok()));
        assert!(["", "2sigtower", "sig tower", "-x", &"x".repeat(101)].iter().all(|name| stack(name).is_err()));
    }
}
