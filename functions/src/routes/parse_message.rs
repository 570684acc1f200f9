//! Reads a text, and stores nothing.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use signals::message::MessageId;
use signals::parser::{Context, LONGEST_TEXT, parse};
use utoipa::ToSchema;

use crate::error::{ApiError, Problem};
use crate::extract::{JsonBody, LARGEST_BODY};
use crate::wire::parsed::ParsedPost;

/// The text of a post.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Post, example = json!({"text": "BTC LONG ENTRY 45000 TARGET 46000 SL 44000"}))]
pub(crate) struct PostBody {
    /// The text; one of more than 16 KiB is not read, and is `none` with the reason `too_long`.
    text: String,
    /// The number of the post that it answers.
    reply_to: Option<i64>,
}

// A text that is too long for the parser must still reach it.
const _: () = assert!(LONGEST_TEXT * 2 < LARGEST_BODY);

/// Read a post.
///
/// The answer is that of `sigtower parse --json`: the signals, the update or the reason why it is neither, with the
/// words and the rule behind each field. Nothing is stored.
#[utoipa::path(
    post, path = "/api/v1/signals/parse", tag = "signals", operation_id = "parse_message",
    request_body = PostBody,
    responses(
        (status = 200, description = "What the post says.", body = ParsedPost<'static>),
        (status = 422, description = "No text.", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn parse_message(JsonBody(body): JsonBody<PostBody>) -> Result<Response, ApiError> {
    let context = Context { reply_to: body.reply_to.map(MessageId) };
    let outcome = parse(&body.text, &context);
    Ok(Json(ParsedPost::of(&body.text, &outcome)).into_response())
}
