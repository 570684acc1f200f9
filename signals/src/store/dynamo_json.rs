//! Rows as DynamoDB's own JSON, exactly: `{"name":{"S":"text"},"n":{"N":"1.50"}}`
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html>).

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_types::base64;
use serde_json::{Map, Value, json};

use super::item::Item;

/// Why a JSON value is no row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is no row in DynamoDB's JSON: {0}")]
pub struct InvalidRow(String);

fn invalid(what: &str) -> InvalidRow {
    InvalidRow(what.to_owned())
}

/// Reads a row.
pub(super) fn read(row: &Value) -> Result<Item, InvalidRow> {
    let row = row.as_object().ok_or_else(|| invalid("not an object"))?;
    row.iter().map(|(name, value)| Ok((name.clone(), read_value(value)?))).collect()
}

/// Writes a row, with its attributes in the order of their names.
pub(super) fn write(row: &Item) -> Result<Value, InvalidRow> {
    let row: Result<Map<String, Value>, InvalidRow> =
        row.iter().map(|(name, value)| Ok((name.clone(), write_value(value)?))).collect();
    Ok(Value::Object(row?))
}

fn read_value(value: &Value) -> Result<AttributeValue, InvalidRow> {
    let value = value.as_object().filter(|value| value.len() == 1);
    let (kind, value) = value.and_then(|it| it.iter().next()).ok_or_else(|| invalid("an attribute without a type"))?;
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| invalid("a value that is no text"));
    let blob = |value: &Value| {
        let bytes = base64::decode(value.as_str().unwrap_or("*"));
        bytes.map(Blob::new).map_err(|_| invalid("bytes that are not in base64"))
    };
    let list = || value.as_array().ok_or_else(|| invalid("a list that is none"));
    Ok(match kind.as_str() {
        "S" => AttributeValue::S(text(value)?),
        "N" => AttributeValue::N(text(value)?),
        "B" => AttributeValue::B(blob(value)?),
        "BOOL" => AttributeValue::Bool(value.as_bool().ok_or_else(|| invalid("neither true nor false"))?),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(list()?.iter().map(text).collect::<Result<_, _>>()?),
        "NS" => AttributeValue::Ns(list()?.iter().map(text).collect::<Result<_, _>>()?),
        "BS" => AttributeValue::Bs(list()?.iter().map(blob).collect::<Result<_, _>>()?),
        "L" => AttributeValue::L(list()?.iter().map(read_value).collect::<Result<_, _>>()?),
        "M" => AttributeValue::M(read(value)?),
        _ => return Err(invalid("an attribute of an unknown type")),
    })
}

fn write_value(value: &AttributeValue) -> Result<Value, InvalidRow> {
    let encode = |blob: &Blob| base64::encode(blob.as_ref());
    Ok(match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(number) => json!({ "N": number }),
        AttributeValue::B(blob) => json!({ "B": encode(blob) }),
        AttributeValue::Bool(it) => json!({ "BOOL": it }),
        AttributeValue::Null(_) => json!({ "NULL": true }),
        AttributeValue::Ss(texts) => json!({ "SS": sorted(texts.clone()) }),
        AttributeValue::Ns(numbers) => json!({ "NS": sorted(numbers.clone()) }),
        AttributeValue::Bs(blobs) => json!({ "BS": sorted(blobs.iter().map(encode).collect()) }),
        AttributeValue::L(list) => {
            json!({ "L": list.iter().map(write_value).collect::<Result<Vec<_>, _>>()? })
        }
        AttributeValue::M(map) => json!({ "M": write(map)? }),
        _ => return Err(invalid("an attribute of an unknown type")),
    })
}

/// A set has no order; its text has this one, so that equal rows are equal lines.
fn sorted(mut texts: Vec<String>) -> Vec<String> {
    texts.sort();
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_read_as_it_was_written_whatever_it_holds() {
        let row = json!({
            "PK": {"S": "é\n\u{0}"}, "n": {"N": "1.50"}, "b": {"B": "AAH/"}, "yes": {"BOOL": true},
            "null": {"NULL": true}, "ss": {"SS": ["a", "b"]}, "ns": {"NS": ["1", "2"]}, "bs": {"BS": ["AA=="]},
            "l": {"L": [{"S": "x"}, {"L": []}]}, "m": {"M": {"in": {"N": "0"}}},
        });
        assert_eq!(write(&read(&row).unwrap()).unwrap(), row);
    }

    #[test]
    fn what_is_no_row_is_refused() {
        for text in [
            "[]",
            r#"{"a":1}"#,
            r#"{"a":{}}"#,
            r#"{"a":{"S":1}}"#,
            r#"{"a":{"S":"","N":""}}"#,
            r#"{"a":{"B":"*"}}"#,
            r#"{"a":{"X":""}}"#,
        ] {
            assert!(read(&serde_json::from_str(text).unwrap()).is_err(), "{text}");
        }
    }
}
