//! The page that renders the `OpenAPI` document for people. It needs no script and nothing
//! from elsewhere.

mod schema;

use http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use schema::{component, constraints, kind};
use serde_json::{Map, Value};

/// The style sheet, which is a resource of its own so that the page needs no inline style.
pub(crate) const STYLE: &str = include_str!("reference/style.css");

/// The methods of a path, in the order in which they are shown.
const METHODS: [&str; 2] = ["get", "post"];

/// Renders a document that [`openapi::document`](crate::openapi::document) returned.
pub(crate) fn page(document: &Value) -> String {
    let info = &document["info"];
    let title = text(info, "title");
    let tags = list(&document["tags"]);
    let schemas = document.pointer("/components/schemas");
    let schemas = || schemas.into_iter().flat_map(members);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " – HTTP interface" }
                link rel="stylesheet" href="docs/style.css";
            }
            body {
                a .skip href="#main" { "Skip to the content" }
                header {
                    h1 { (title) " " small { "HTTP interface, version " (text(info, "version")) } }
                    (prose(text(info, "description")))
                    p { "For programs: " a href="openapi.json" { "openapi.json" } " (OpenAPI " (text(document, "openapi")) ")" }
                }
                nav aria-label="Contents" {
                    @for tag in tags {
                        p { a href={ "#" (text(tag, "name")) } { (text(tag, "name")) } }
                        ul {
                            @for operation in operations(document, tag) {
                                li { a href={ "#" (operation.id()) } { (operation.signature()) } }
                            }
                        }
                    }
                    p { a href="#schemas" { "schemas" } }
                    ul {
                        @for (name, _) in schemas() {
                            li { a href={ "#schema-" (name) } { (name) } }
                        }
                    }
                }
                main #main {
                    @for tag in tags {
                        section aria-labelledby=(text(tag, "name")) {
                            h2 #(text(tag, "name")) { (text(tag, "name")) }
                            (prose(text(tag, "description")))
                            @for operation in operations(document, tag) { (operation.markup()) }
                        }
                    }
                    section aria-labelledby="schemas" {
                        h2 #schemas { "schemas" }
                        @for (name, schema) in schemas() { (component(name, schema)) }
                    }
                }
            }
        }
    };
    page.into_string()
}

/// An operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    /// Those of the path, which its operations share.
    parameters: &'a Value,
    value: &'a Value,
}

/// The operations with a tag.
fn operations<'a>(document: &'a Value, tag: &'a Value) -> impl Iterator<Item = Operation<'a>> {
    let paths = document["paths"].as_object();
    let operations = paths.into_iter().flatten().flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            Some(Operation {
                method,
                path,
                parameters: &item["parameters"],
                value: item.get(method)?,
            })
        })
    });
    operations.filter(|operation| list(&operation.value["tags"]).contains(&tag["name"]))
}

impl Operation<'_> {
    fn id(&self) -> &str {
        text(self.value, "operationId")
    }

    fn signature(&self) -> Markup {
        html! {
            span .method { (self.method.to_uppercase()) } " "
            code { (breakable(self.path)) }
        }
    }

    fn markup(&self) -> Markup {
        let own = list(&self.value["parameters"]);
        let parameters = list(self.parameters).iter().chain(own);
        let parameters: Vec<_> = parameters.collect();
        let body = self.value.pointer("/requestBody/content");
        let responses = self.value["responses"].as_object();
        html! {
            article aria-labelledby=(self.id()) {
                h3 #(self.id()) { (self.signature()) }
                (prose(text(self.value, "description")))
                @if !parameters.is_empty() {
                    h4 { "Parameters" }
                    .scroll tabindex="0" { table {
                        thead { tr { th { "Name" } th { "In" } th { "Type" } th { "Description" } } }
                        tbody {
                            @for parameter in parameters {
                                tr {
                                    th scope="row" {
                                        code { (text(parameter, "name")) }
                                        @if parameter["required"] == true { " " small { "required" } }
                                    }
                                    td { (text(parameter, "in")) }
                                    td { (kind(&parameter["schema"])) " " (constraints(&parameter["schema"])) }
                                    td { (prose(text(parameter, "description"))) }
                                }
                            }
                        }
                    } }
                }
                @if let Some(body) = body {
                    h4 { "Request body" }
                    (content(body))
                }
                h4 { "Responses" }
                .scroll tabindex="0" { table {
                    thead { tr { th { "Status" } th { "Description" } th { "Body" } th { "Headers" } } }
                    tbody {
                        @for (status, response) in responses.into_iter().flatten() {
                            tr {
                                th scope="row" { (status) " " small { (reason(status)) } }
                                td { (prose(text(response, "description"))) }
                                td { (content(&response["content"])) }
                                td { (headers(&response["headers"])) }
                            }
                        }
                    }
                } }
            }
        }
    }
}

/// The name of a status, such as `Not Found`.
fn reason(status: &str) -> &'static str {
    let status = StatusCode::from_bytes(status.as_bytes()).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}

/// Bodies by their media type, with their examples.
fn content(content: &Value) -> Markup {
    html! {
        @for (media_type, body) in members(content) {
            p { code { (media_type) } ": " (kind(&body["schema"])) }
            @for (_, example) in members(&body["examples"]) {
                details {
                    summary { "Example: " (text(example, "summary")) }
                    (json(&example["value"]))
                }
            }
        }
    }
}

fn headers(headers: &Value) -> Markup {
    html! {
        @for (name, header) in members(headers) {
            p {
                code { (name) } ": " (kind(&header["schema"]))
                @if let Some(description) = header["description"].as_str() { ", " (inline(description)) }
            }
        }
    }
}

/// A value as indented JSON; text as it is, since it is lines of JSON.
fn json(value: &Value) -> Markup {
    let text = match value {
        Value::String(text) => text.clone(),
        value => format!("{value:#}"),
    };
    html! { pre tabindex="0" { code { (text) } } }
}

/// Paragraphs, with code between backticks.
fn prose(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            p { (inline(paragraph)) }
        }
    }
}

/// Text with code between backticks.
fn inline(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A path that can be broken before each of its segments.
fn breakable(path: &str) -> Markup {
    html! {
        @for (index, segment) in path.split('/').enumerate() {
            @if index > 0 { (PreEscaped("<wbr>")) "/" }
            (segment)
        }
    }
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use stytch_host::Plugin;

    #[test]
    fn every_link_leads_somewhere_and_nothing_comes_from_elsewhere() {
        let description = Plugin::builder().describe().unwrap();
        let document = crate::openapi::document(&description).unwrap();
        let page = page(&document);
        let values = |attribute: &str| -> Vec<&str> {
            let parts = page.split(attribute).skip(1);
            parts.filter_map(|part| part.split('"').next()).collect()
        };
        let ids = values(" id=\"");
        let unique: HashSet<_> = ids.iter().collect();
        assert_eq!(unique.len(), ids.len());
        for link in values("href=\"") {
            match link.strip_prefix('#') {
                Some(id) => assert!(unique.contains(&id), "{link}"),
                None => assert!(["docs/style.css", "openapi.json"].contains(&link), "{link}"),
            }
        }
        for absent in ["<script", "style=", "src="] {
            assert!(!page.contains(absent), "{absent}");
        }
        assert!(!STYLE.contains("url("));
        let text = document.to_string();
        let operations = text.split(r#""operationId":""#).skip(1);
        for operation in operations.filter_map(|part| part.split('"').next()) {
            assert!(unique.contains(&operation), "{operation}");
        }
    }

    #[test]
    fn text_is_escaped() {
        let document = serde_json::json!({
            "info": { "title": "<b>", "description": "`<i>` & \"x\"" },
        });
        let page = page(&document);
        assert!(page.contains("<title>&lt;b&gt;"), "{page}");
        assert!(
            page.contains("<code>&lt;i&gt;</code> &amp; &quot;x&quot;"),
            "{page}"
        );
    }
}
