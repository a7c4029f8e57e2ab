use super::*;
use std::fs;
use std::sync::Barrier;
use std::thread;

/// A component that is quick to compile.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

/// A folder with the entry of the component, and its engine.
struct Compiled {
    folder: tempfile::TempDir,
    engine: Engine,
}

impl Compiled {
    fn new() -> Self {
        let compiled = Self {
            folder: tempfile::tempdir().unwrap(),
            engine: Engine::default(),
        };
        assert!(compiled.compiles());
        compiled
    }

    fn entry(&self) -> PathBuf {
        self.folder.path().join(name(&self.engine, COMPONENT))
    }

    fn problem(&self) -> Option<String> {
        let problem = Cache::problem(self.folder.path(), &self.engine, COMPONENT)?;
        assert_eq!(problem.path(), self.entry());
        Some(problem.to_string())
    }

    /// Returns whether the component was compiled rather than loaded from the folder.
    fn compiles(&self) -> bool {
        let mut compiled = false;
        Cache::open(self.folder.path())
            .unwrap()
            .get_or_compile(&self.engine, COMPONENT, || {
                compiled = true;
                Ok(Component::from_binary(&self.engine, COMPONENT).unwrap())
            })
            .unwrap();
        compiled
    }
}

#[test]
fn loads_what_was_compiled_before() {
    let compiled = Compiled::new();
    assert!(!compiled.compiles());
    assert_eq!(compiled.problem(), None);
    assert_eq!(fs::read_dir(compiled.folder.path()).unwrap().count(), 1);
}

#[test]
fn names_depend_on_component_and_settings() {
    let (one, mut config) = (Engine::default(), wasmtime::Config::new());
    config.epoch_interruption(true);
    let other = Engine::new(&config).unwrap();
    assert_ne!(name(&one, b"a"), name(&one, b"b"));
    assert_ne!(name(&one, b"a"), name(&other, b"a"));
    assert_eq!(name(&one, b"a"), name(&Engine::default(), b"a"));
}

#[test]
fn replaces_damaged_entries() {
    let compiled = Compiled::new();
    let entry = compiled.entry();
    let whole = fs::read(&entry).unwrap();
    let mut zeroed = whole.clone();
    zeroed[..whole.len().min(4096)].fill(0);
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 1;
    let other = [&whole[..DIGEST], b"other code"].concat();
    for damaged in [
        &whole[..whole.len() / 2],
        &whole[..DIGEST],
        &whole[..1],
        b"",
        b"\x7fELF",
        &vec![0; whole.len()],
        &zeroed,
        &flipped,
        &other,
        &[&*whole, b"\0"].concat(),
    ] {
        fs::write(&entry, damaged).unwrap();
        let problem = compiled.problem().unwrap();
        assert!(problem.contains("it is damaged"), "{problem}");
        assert!(compiled.compiles());
        assert!(!compiled.compiles());
    }
}

#[test]
fn replaces_code_of_another_engine() {
    let compiled = Compiled::new();
    let mut config = wasmtime::Config::new();
    config.epoch_interruption(true);
    let other = Engine::new(&config).unwrap();
    let code = Component::from_binary(&other, COMPONENT).unwrap();
    let code = code.serialize().unwrap();
    fs::write(compiled.entry(), [&*Sha256::digest(&code), &code].concat()).unwrap();
    assert!(compiled.compiles());
    assert!(!compiled.compiles());
}

#[test]
fn concurrent_writers_leave_one_complete_entry() {
    let folder = tempfile::tempdir().unwrap();
    let (engine, barrier) = (Engine::default(), Barrier::new(2));
    let component = Component::from_binary(&engine, COMPONENT).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let cache = Cache::open(folder.path()).unwrap();
                for _ in 0..20 {
                    barrier.wait();
                    cache.store(&name(&engine, COMPONENT), &component).unwrap();
                    assert!(cache.load(&name(&engine, COMPONENT)).unwrap().is_some());
                }
            });
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn refuses_a_folder_that_others_can_change() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = |path: &Path| Cache::open(path).err().unwrap().to_string();
        for open in [0o777, 0o770, 0o1777, 0o702] {
            set_mode(folder.path(), open);
            assert!(refusal(folder.path()).contains("others may write to it"));
        }
        set_mode(folder.path(), 0o700);
        let link = folder.path().join("link");
        symlink(folder.path(), &link).unwrap();
        assert!(refusal(&link).contains("symbolic link"));
        let nowhere = folder.path().join("nowhere");
        symlink("missing", &nowhere).unwrap();
        assert!(refusal(&nowhere).contains("symbolic link"));
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(refusal(&file).contains("exists"));
    }

    #[test]
    fn creates_folders_and_entries_for_this_user_only() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("a/b");
        let cache = Cache::open(&new).unwrap();
        cache.0.write("entry", &[b"a", b"b"]).unwrap();
        assert_eq!((mode(&new), mode(&new.join("entry"))), (0o700, 0o600));
        assert_eq!(fs::read(new.join("entry")).unwrap(), b"ab");
    }

    #[test]
    fn replaces_an_entry_that_others_can_change() {
        let compiled = Compiled::new();
        let entry = compiled.entry();
        let aside = compiled.folder.path().join("aside");
        let cases: [(&str, &dyn Fn()); 5] = [
            ("others may write to it", &|| set_mode(&entry, 0o620)),
            ("others may write to it", &|| set_mode(&entry, 0o602)),
            ("symbolic link", &|| {
                fs::rename(&entry, &aside).unwrap();
                symlink(&aside, &entry).unwrap();
            }),
            ("not a regular file", &|| {
                fs::remove_file(&entry).unwrap();
                let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
                rustix::fs::mkfifoat(rustix::fs::CWD, &entry, mode).unwrap();
            }),
            ("not a regular file", &|| {
                fs::remove_file(&entry).unwrap();
                drop(UnixListener::bind(&entry).unwrap());
            }),
        ];
        for (expected, plant) in cases {
            plant();
            let problem = compiled.problem().unwrap();
            assert!(problem.contains(expected), "{problem}");
            assert!(compiled.compiles(), "{expected}");
            assert_eq!(mode(&entry), 0o600);
            assert!(!compiled.compiles(), "{expected}");
        }
    }

    #[test]
    fn compiles_if_there_is_a_folder_in_place_of_the_entry() {
        let compiled = Compiled::new();
        fs::remove_file(compiled.entry()).unwrap();
        fs::create_dir(compiled.entry()).unwrap();
        assert!(compiled.problem().unwrap().contains("not a regular file"));
        assert!(compiled.compiles() && compiled.compiles());
        // No temporary file is left.
        assert_eq!(fs::read_dir(compiled.folder.path()).unwrap().count(), 1);
    }
}
