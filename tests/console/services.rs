//! Services with a console, and the emulators that they call.

use serde_json::{Value, json};
use std::net::TcpListener;
use std::sync::Arc;
use stytch_credentials::{Label, NewCredential, Source, Store, StoreChoice};
use stytch_emulator::{Emulator, Options, PROJECT_ID, SECRET, User};
use stytch_host::{Credential, Environment, Plugin, Secret};
use stytch_service::{ConsoleOptions, Given, Service, Settings};
use tempfile::TempDir;

/// The credentials file of an empty store.
pub(crate) const EMPTY: &str =
    "{\n  \"version\": 1,\n  \"default\": null,\n  \"credentials\": {}\n}\n";

pub(crate) async fn emulator(options: Options) -> Emulator {
    let emulator = Emulator::start(([127, 0, 0, 1], 0).into(), options);
    emulator.await.unwrap()
}

/// A running service.
pub(crate) struct Running {
    /// What scripts are given.
    pub(crate) given: Value,
    emulators: Vec<(String, Emulator)>,
    folder: Option<TempDir>,
}

impl Running {
    pub(crate) fn emulator(&self, name: &str) -> &Emulator {
        let mut emulators = self.emulators.iter();
        &emulators.find(|(other, _)| other == name).unwrap().1
    }

    /// The credentials file of its store.
    pub(crate) fn store_file(&self) -> String {
        let folder = self.folder.as_ref().unwrap().path();
        std::fs::read_to_string(store(folder).file()).unwrap()
    }

    /// A service with a store of these credentials, to which more can be added.
    pub(crate) async fn of_store(stored: &[Stored], emulator: &Emulator) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for stored in stored {
            store(folder.path()).add(stored.to_add()).unwrap();
        }
        let mut options = ConsoleOptions::default();
        options.store = Some(Arc::new(store(folder.path())));
        options.keep = Some(StoreChoice::File);
        let sources = vec![Source::Store(store(folder.path()))];
        let mut given = start(sources, options).await;
        given["baseUrl"] = emulator.base_url().into();
        given["projectId"] = PROJECT_ID.into();
        given["secret"] = SECRET.into();
        given["credential"] = "acme-test".into();
        Self {
            given,
            emulators: Vec::new(),
            folder: Some(folder),
        }
    }
}

fn store(folder: &std::path::Path) -> Store {
    Store::in_folder(folder.join("stytch-host"))
}

async fn start(sources: Vec<Source>, options: ConsoleOptions) -> Value {
    let mut settings = Settings::default();
    settings.console = Some(options);
    let builder = Plugin::builder();
    let description = builder.describe().unwrap();
    // No waits between attempts of calls that are to fail.
    let plugin = builder.max_attempts(1).build().unwrap();
    let service = Service::new(plugin, &description, sources, settings, None);
    let listening = service.unwrap().bind().await.unwrap();
    let given = json!({
        "url": listening.url(),
        "token": listening.token().unwrap().expose(),
        "link": listening.sign_in_url().unwrap(),
    });
    tokio::spawn(listening.run(std::future::pending()));
    given
}

/// A credential of a store.
pub(crate) struct Stored {
    name: &'static str,
    project_id: &'static str,
    secret: &'static str,
    base_url: String,
}

impl Stored {
    fn to_add(&self) -> NewCredential {
        NewCredential {
            label: Label {
                name: self.name.to_owned(),
                environment: Environment::of(self.project_id),
            },
            project_id: self.project_id.to_owned(),
            base_url: Some(self.base_url.clone()),
            secret: Secret::new(self.secret.to_owned()),
            replace: false,
            default: self.name == "acme-test",
            store: StoreChoice::File,
        }
    }
}

/// A test credential, which the emulator accepts, and a live one.
pub(crate) fn store_with(emulator: &Emulator) -> [Stored; 2] {
    [
        Stored {
            name: "acme-test",
            project_id: PROJECT_ID,
            secret: SECRET,
            base_url: emulator.base_url(),
        },
        Stored {
            name: "acme-live",
            project_id: "project-live-5f0c8a6e-2c1b-4a7e-9d52-3f6f3b1f7c11",
            secret: "secret-live-made-up",
            base_url: "https://login.example.com".to_owned(),
        },
    ]
}

/// Credentials with an emulator each.
#[derive(Default)]
pub(crate) struct Credentials {
    sources: Vec<Source>,
    emulators: Vec<(String, Emulator)>,
}

impl Credentials {
    pub(crate) async fn add(&mut self, name: &str, options: Options) {
        let emulator = emulator(options).await;
        self.push(name, SECRET, &emulator.base_url());
        self.emulators.push((name.to_owned(), emulator));
    }

    pub(crate) async fn add_with_wrong_secret(&mut self, name: &str) {
        let emulator = emulator(Options::default()).await;
        self.push(name, "secret-test-wrong", &emulator.base_url());
        self.emulators.push((name.to_owned(), emulator));
    }

    /// One whose Stytch does not listen.
    pub(crate) fn add_unreachable(&mut self, name: &str) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        self.push(name, SECRET, &url);
    }

    fn push(&mut self, name: &str, secret: &str, base_url: &str) {
        let credential = Credential::new(PROJECT_ID, Secret::new(secret.to_owned()));
        let credential = credential.with_base_url(base_url).unwrap();
        self.sources
            .push(Source::Fixed(name.to_owned(), credential));
    }

    pub(crate) async fn serve(self) -> Running {
        let mut options = ConsoleOptions::default();
        options.given = vec![("good".to_owned(), Given::Emulator)];
        Running {
            given: start(self.sources, options).await,
            emulators: self.emulators,
            folder: None,
        }
    }
}

/// Users whose every text is an attack on a page.
pub(crate) fn hostile_users() -> Vec<User> {
    const ATTACKS: [&str; 4] = [
        "<img src=x onerror=\"window.attacked=1\"><script>window.attacked=1</script>",
        "\"'></textarea></title></style><svg onload=window.attacked=1>",
        "javascript:window.attacked=1//{{7*7}}${7*7}",
        "\u{202e}gnp.exe\u{2066} \u{1f469}\u{200d}\u{1f469} very-long-word-without-any-space-that-a-column-has-to-break-somewhere-or-it-is-wider-than-the-window",
    ];
    let users = ATTACKS.iter().copied().enumerate().map(|(index, attack)| {
        json!({
            "user_id": format!("user-test-00000000-0000-4000-8000-00000000000{index}"),
            "status": attack,
            "name": {"first_name": attack, "middle_name": "", "last_name": attack},
            "emails": [{"email_id": "email-test-1", "email": attack, "verified": true}],
            "phone_numbers": [{"phone_id": "phone-number-test-1", "phone_number": attack, "verified": false}],
            "providers": [{
                "provider_type": attack, "provider_subject": attack, "locale": attack,
                "profile_picture_url": format!("https://tracker.example/{attack}"),
                "oauth_user_registration_id": "oauth-user-test-1",
            }],
            "webauthn_registrations": [{
                "webauthn_registration_id": "webauthn-registration-test-1", "domain": attack,
                "user_agent": attack, "verified": true, "authenticator_type": "platform", "name": attack,
            }],
            "crypto_wallets": [{
                "crypto_wallet_id": "crypto-wallet-test-1", "crypto_wallet_address": attack,
                "crypto_wallet_type": attack, "verified": true,
            }],
            "biometric_registrations": [], "totps": [], "roles": [attack],
            "created_at": "2026-01-31T18:30:00Z", "is_locked": false, "password": null,
            "trusted_metadata": {attack: [attack, {"nested": attack}]},
            "untrusted_metadata": {"html": attack},
            "external_id": format!("hostile-{index}"),
        })
    });
    let users = Value::Array(users.collect()).to_string();
    User::read_all(users.as_bytes()).unwrap()
}
