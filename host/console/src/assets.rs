//! The style sheet, the script and the icon. Their addresses have a hash of what they are,
//! so that a browser may keep them.

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file inside of the program.
#[derive(Debug)]
pub(crate) struct Asset {
    /// Its address without the hash.
    pub(crate) path: &'static str,
    media_type: &'static str,
    text: &'static str,
}

pub(crate) const STYLE: Asset = Asset {
    path: "/console/console.css",
    media_type: "text/css; charset=utf-8",
    text: include_str!("../assets/console.css"),
};

pub(crate) const SCRIPT: Asset = Asset {
    path: "/console/console.js",
    media_type: "text/javascript; charset=utf-8",
    text: include_str!("../assets/console.js"),
};

pub(crate) const ICON: Asset = Asset {
    path: "/console/icon.svg",
    media_type: "image/svg+xml",
    text: include_str!("../assets/icon.svg"),
};

/// One hash for all three.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in [STYLE, SCRIPT, ICON] {
        hash.update(asset.text);
    }
    let [a, b, c, d, e, f, ..]: [u8; 32] = hash.finalize().into();
    let version = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    format!("{version:012x}")
});

impl Asset {
    /// Its address in a page.
    pub(crate) fn address(&self) -> String {
        format!("{}?{}", self.path, *VERSION)
    }

    pub(crate) fn response(&self) -> Response {
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(self.media_type)),
            (
                CACHE_CONTROL,
                HeaderValue::from_static("public, max-age=31536000, immutable"),
            ),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (headers, self.text).into_response()
    }
}
