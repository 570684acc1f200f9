//! What a request brings, read with bounds, and refused in the one shape of a problem.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use futures_util::{Stream, StreamExt as _};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use signals::api_key::KeyId;
use signals::message::ChannelName;
use signals::origin::SignalId;
use tokio::time::timeout;

use crate::error::ApiError;

/// The largest body of one signal, in bytes.
pub(crate) const LARGEST_BODY: usize = 256 * 1024;
/// The largest body of many signals, in bytes.
pub(crate) const LARGEST_BATCH: usize = 1024 * 1024;
/// How long a body may stand still. Whoever sends nothing for longer holds a connection that others could have.
pub(crate) const STANDS_STILL: Duration = Duration::from_secs(30);
/// How long a body of bounded length may take altogether, or the rest of one that nobody needs: one that comes byte by
/// byte never stands still.
pub(crate) const BODY_WITHIN: Duration = Duration::from_secs(60);

/// A JSON body of at most `LIMIT` bytes.
#[derive(Debug)]
pub(crate) struct JsonBody<T, const LIMIT: usize = LARGEST_BODY>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned, const LIMIT: usize> FromRequest<S> for JsonBody<T, LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let bytes = JsonBytes::<LIMIT>::from_request(request, &()).await?;
        read::<Object<T>>(&bytes.0).map(|object| Self(object.0))
    }
}

/// A value that is written as an object. Without this, serde would also take the fields as an array, in their order.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

/// The bytes of a JSON body of at most `LIMIT` bytes, not yet read.
#[derive(Debug)]
pub(crate) struct JsonBytes<const LIMIT: usize>(pub(crate) Vec<u8>);

impl<S: Send + Sync, const LIMIT: usize> FromRequest<S> for JsonBytes<LIMIT> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        // Also a guard: a page of another site can send a form unasked, but not JSON.
        if !is_json(request.headers()) {
            return Err(ApiError::UnsupportedMediaType("application/json"));
        }
        bounded(request.into_body(), LIMIT).await.map(Self)
    }
}

async fn bounded(body: Body, limit: usize) -> Result<Vec<u8>, ApiError> {
    let mut pieces = body.into_data_stream();
    let read = async {
        let mut read = Vec::new();
        while let Some(piece) = next_piece(&mut pieces).await? {
            let piece = piece.map_err(|_| ApiError::InvalidJson("it broke off".to_owned()))?;
            if piece.len() > limit - read.len() {
                return Err(ApiError::TooLarge { limit });
            }
            read.extend_from_slice(&piece);
        }
        Ok(read)
    };
    timeout(BODY_WITHIN, read).await.map_err(|_| ApiError::TooSlow)?
}

/// The next piece of a body, in time.
pub(crate) async fn next_piece<E>(
    body: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
) -> Result<Option<Result<Bytes, E>>, ApiError> {
    timeout(STANDS_STILL, body.next()).await.map_err(|_| ApiError::TooSlow)
}

fn is_json(headers: &HeaderMap) -> bool {
    matches!(media_type(headers).as_str(), "application/json" | "application/merge-patch+json")
}

/// What a body is said to be, in small letters and without parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads JSON; an error names the field.
pub(crate) fn read<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let field = error.path().to_string();
        // Exact numbers are read as an object with one private key, which is nobody's business.
        let field = field.split(".$serde_json").next().unwrap_or_default().to_owned();
        let inner = error.into_inner();
        match inner.classify() {
            serde_json::error::Category::Data => {
                let field = if field == "." { String::new() } else { field };
                ApiError::InvalidBody { field, detail: bounded_text(&inner.to_string()) }
            }
            _ => ApiError::InvalidJson(bounded_text(&inner.to_string())),
        }
    })?;
    reader.end().map_err(|error| ApiError::InvalidJson(error.to_string()))?;
    Ok(value)
}

/// An error may quote what was sent; the answer shall not grow with it.
fn bounded_text(text: &str) -> String {
    text.chars().take(300).collect()
}

/// The parameters behind the `?`.
#[derive(Debug)]
pub(crate) struct QueryParameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let read = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let query = read.map_err(|error| {
            let text = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            ApiError::parameter("query", bounded_text(&text))
        })?;
        Ok(Self(query.0))
    }
}

/// What a path can name by its id.
pub(crate) trait PathId: Sized {
    /// What there is not where a text is no id: `there is no …`.
    const NONE: &'static str;

    fn parse(text: &str) -> Option<Self>;
}

impl PathId for SignalId {
    const NONE: &'static str = "signal with this id";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl PathId for ChannelName {
    const NONE: &'static str = "channel with this name or number";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl PathId for KeyId {
    const NONE: &'static str = "key with this id";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// The id in the path. What is no id, and no text either, is the id of nothing.
#[derive(Debug)]
pub(crate) struct IdInPath<T>(pub(crate) T);

impl<S: Send + Sync, T: PathId> FromRequestParts<S> for IdInPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let id = path.ok().and_then(|path| <T as PathId>::parse(&path.0));
        id.map(Self).ok_or(ApiError::NotFound(T::NONE))
    }
}

/// The version that `If-Match` asks for; `None` for any.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IfMatch(pub(crate) Option<u32>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(Self(None)) };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        // A tag that is none of ours matches no version, and version 0 never was.
        Ok(Self(Some(version_of(text).unwrap_or(0))))
    }
}

/// The entity tag of a version.
pub(crate) fn entity_tag(version: u32) -> String {
    format!("\"v{version}\"")
}

/// The version of an entity tag.
pub(crate) fn version_of(tag: &str) -> Option<u32> {
    tag.strip_prefix("\"v")?.strip_suffix('"')?.parse().ok()
}
