//! Why a file is not private, and the command that makes it so.

use crate::shell::shell_word;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// What a file contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Stored credentials.
    Credentials,
    /// The state of a search that can be resumed.
    State,
    /// Output that is not complete yet.
    Users,
}

impl fmt::Display for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Credentials => "the credentials",
            Self::State => "the state of the search",
            Self::Users => "the users",
        })
    }
}

/// What a path must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A folder that others may not enter.
    Folder,
    /// A file that others may not read.
    File,
    /// Output that was complete, and that others may read.
    Complete,
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Folder => "folder",
            Self::File | Self::Complete => "file",
        })
    }
}

/// Why a file was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder was removed in the meantime.
    #[error("the folder {} is gone", .0.display())]
    Gone(PathBuf),
    /// The file cannot be opened.
    #[error("{} cannot be opened: {error}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file cannot be created.
    #[error("{} cannot be opened: {error}", .path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The user owns the file, but has no permission to open it.
    #[error("{} cannot be opened: {error}", .path.display())]
    Denied {
        /// The file or folder.
        path: PathBuf,
        /// What it must be.
        kind: Kind,
        /// Why not.
        error: io::Error,
    },
    /// The metadata of the file cannot be read.
    #[error("{} cannot be inspected: {error}", .path.display())]
    Inspect {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// Something else than a file or a folder.
    #[error("{} is not a {kind}", .path.display())]
    WrongType {
        /// The path.
        path: PathBuf,
        /// What it must be.
        kind: Kind,
        /// Whether it is a device, such as `/dev/null`, which must stay where it is.
        is_device: bool,
    },
    /// Another user owns it.
    #[error("{} belongs to another user, who could read or change {content} in it", .path.display())]
    OtherOwner {
        /// The file or folder.
        path: PathBuf,
        /// What it contains.
        content: Content,
    },
    /// Its permission bits let others read or change it.
    #[error("{} has the mode {mode:04o}, with which others may read or change {content} in it", .path.display())]
    Permissions {
        /// The file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// The permission bits that it may have.
        allowed: u32,
        /// What it contains.
        content: Content,
    },
    /// It has a second name, at which nobody expects a change.
    #[error("{} has another name (a hard link), so {content} would be written under that name, too", .path.display())]
    HardLink {
        /// The file.
        path: PathBuf,
        /// What it contains.
        content: Content,
    },
    /// It is a symbolic link.
    #[error("{} is a symbolic link: its target may belong to another user", .path.display())]
    Symlink {
        /// The link.
        path: PathBuf,
        /// What it must be.
        kind: Kind,
        /// What it must contain.
        content: Content,
    },
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Gone(_) | Self::Open { .. } | Self::Inspect { .. } => return None,
            Self::Create { .. } => {
                "its folder must exist, and you must be able to write to it".to_owned()
            }
            Self::Denied { path, kind, .. } => format!(
                "let yourself read and write it:\n\n    chmod u+rw{} {}",
                if *kind == Kind::Folder { "x" } else { "" },
                quote(path)
            ),
            Self::WrongType {
                is_device: true, ..
            } => "name another file".to_owned(),
            Self::WrongType { path, .. } | Self::HardLink { path, .. } => {
                let path = quote(path);
                format!("move it away:\n\n    mv {path} {path}.old")
            }
            Self::OtherOwner {
                path,
                content: Content::Credentials,
            } => format!(
                "run this as its owner; or, if it should be yours:\n\n    sudo chown \"$(id -u)\" {}",
                quote(path)
            ),
            Self::OtherOwner { .. } => {
                "remove it, or name a file in a folder that only you may write to".to_owned()
            }
            Self::Permissions { path, allowed, .. } => format!(
                "make it yours alone:\n\n    chmod {:o} {}",
                allowed & 0o700,
                quote(path)
            ),
            Self::Symlink {
                path,
                kind,
                content,
            } => replace_link(path, *kind, *content),
        })
    }
}

fn replace_link(path: &Path, kind: Kind, content: Content) -> String {
    let quoted = quote(path);
    match (content, kind) {
        _ if !path.exists() => format!("its target does not exist: remove it:\n\n    rm {quoted}"),
        (Content::State | Content::Users, _) => "remove it, or name its target".to_owned(),
        (Content::Credentials, Kind::Folder) => format!(
            "replace it with its target:\n\n    cp -Rp {quoted}/. {quoted}.new && rm {quoted} && mv {quoted}.new {quoted} && chmod 700 {quoted}"
        ),
        (Content::Credentials, Kind::File | Kind::Complete) => format!(
            "replace it with its target:\n\n    install -m 600 {quoted} {quoted}.new && mv {quoted}.new {quoted}"
        ),
    }
}

/// The path as a word of the shell that no command takes for a flag.
fn quote(path: &Path) -> String {
    let path = path.display().to_string();
    let here = if path.starts_with('-') { "./" } else { "" };
    shell_word(&format!("{here}{path}")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_path_is_not_a_flag() {
        assert_eq!(quote(Path::new("-state")), "./-state");
        assert_eq!(quote(Path::new("- x")), "'./- x'");
        assert_eq!(quote(Path::new("/a-b")), "/a-b");
    }
}
