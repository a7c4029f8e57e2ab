//! Reads the custom sections of a component: its metadata, and the documentation of its
//! contract. These are untrusted texts from its author.

use serde::Serialize;
use wasmparser::{ComponentName, KnownCustom, Parser, Payload};

/// The prefix of the name of a section with documentation, before the name of the package.
/// `guest/build` writes the section.
const DOCUMENTATION: &str = "package-docs-zlib:";

/// The metadata that a component embeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Metadata {
    /// Its name.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// Its licences, as an SPDX expression.
    pub licenses: Option<String>,
    /// The URL of its source.
    pub source: Option<String>,
    /// The URL of its homepage.
    pub homepage: Option<String>,
    /// The commit that it was built from.
    pub revision: Option<String>,
    /// Its authors.
    pub authors: Option<String>,
}

impl Metadata {
    /// Reads the metadata from the bytes of a component.
    ///
    /// # Errors
    ///
    /// Fails if they are not a component.
    pub(crate) fn of(component: &[u8]) -> Result<Self, String> {
        Ok(Sections::of(component)?.metadata)
    }
}

/// The custom sections that this library uses.
#[derive(Debug, Default)]
pub(super) struct Sections<'a> {
    pub(super) metadata: Metadata,
    /// The names of packages, and their compressed documentation.
    pub(super) documentation: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Sections<'a> {
    /// Reads the sections of a component, including the documentation in nested components,
    /// of which it may be composed.
    pub(super) fn of(component: &'a [u8]) -> Result<Self, String> {
        let mut sections = Self::default();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(component) {
            match payload.map_err(|error| error.to_string())? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::CustomSection(section) => {
                    if let Some(package) = section.name().strip_prefix(DOCUMENTATION) {
                        sections.documentation.push((package, section.data()));
                    } else if let KnownCustom::ComponentName(names) = section.as_known()
                        && depth == 0
                    {
                        let name = names.into_iter().find_map(|name| match name {
                            Ok(ComponentName::Component { name, .. }) => Some(name.to_owned()),
                            _ => None,
                        });
                        sections.metadata.name = name;
                    } else if depth == 0 {
                        sections.text(section.name(), section.data());
                    }
                }
                _ => {}
            }
        }
        Ok(sections)
    }

    fn text(&mut self, name: &str, data: &[u8]) {
        let metadata = &mut self.metadata;
        let place = match name {
            "version" => &mut metadata.version,
            "description" => &mut metadata.description,
            "licenses" => &mut metadata.licenses,
            "source" => &mut metadata.source,
            "homepage" => &mut metadata.homepage,
            "revision" => &mut metadata.revision,
            "authors" => &mut metadata.authors,
            _ => return,
        };
        *place = str::from_utf8(data).ok().map(str::to_owned);
    }
}
