//! Decoding as the component does it, by its allocator: where the strings are, and whose
//! they are.
#![expect(unsafe_code, reason = "only the program knows its allocator")]
#![allow(clippy::unwrap_used, reason = "a test that fails panics")]

use std::ops::Range;
use stytch_decode::{DecodeError, Done, Item, Known, Members, Reader, Record, decode};
use stytch_runtime::{Bump, NeverReuses};

#[global_allocator]
static BUMP: Bump = Bump::new();

// SAFETY: it is right above.
const NEVER_REUSES: NeverReuses = unsafe { NeverReuses::new() };

#[derive(Debug, Default, Clone, PartialEq)]
struct Person {
    id: String,
    name: Option<String>,
    tags: Option<Vec<String>>,
    metadata: Option<String>,
    friends: Option<Vec<Person>>,
    extra: Option<String>,
}

impl Known for Person {
    const MEMBERS: Members = Members {
        names: &[
            "\"id\":",
            "\"name\":",
            "\"tags\":",
            "\"metadata\":",
            "\"friends\":",
        ],
        required: Some("id"),
    };
}

impl Record for Person {
    fn read(&mut self, member: usize, reader: &mut Reader) -> Done {
        match member {
            0 => reader.required_text(&mut self.id),
            1 => reader.text(&mut self.name),
            2 => reader.list(&mut self.tags),
            3 => reader.json(&mut self.metadata),
            _ => reader.list(&mut self.friends),
        }
    }

    fn read_other(&mut self, name: &str, reader: &mut Reader) -> Done {
        reader.extra(name, &mut self.extra)
    }

    fn is_complete(&self) -> bool {
        !self.id.is_empty()
    }
}

impl Item for Person {
    fn empty() -> Self {
        Self::default()
    }

    fn read_item(&mut self, reader: &mut Reader) -> Done {
        reader.item(self)
    }
}

/// The person that the JSON is of, and where the JSON was.
fn read(json: &str) -> (Result<Person, DecodeError>, Range<usize>) {
    let json = json.as_bytes().to_vec();
    let start = json.as_ptr().addr();
    let place = start..start + json.len();
    let mut person = Person::default();
    let read = decode(NEVER_REUSES, json, &mut person);
    (read.map(|()| person), place)
}

impl Person {
    /// The texts that are kept as they stand in the document.
    fn texts(self) -> Vec<String> {
        let mut texts = vec![self.id];
        texts.extend(self.name.into_iter().chain(self.metadata));
        texts.extend(self.tags.into_iter().flatten());
        let friends = self.friends.into_iter().flatten();
        texts.extend(friends.flat_map(Self::texts));
        texts
    }
}

/// All that is the text's, of which it may use what is behind its end, too.
fn place(text: &String) -> Range<usize> {
    let start = text.as_ptr().addr();
    start..start + text.capacity()
}

const JSON: &str = r#" {"id":"person-1","name":"Zoë 😀","tags":["a","","é"], "new":[1],
    "metadata":{"k": ["v", 1.50]},"friends":[{"id":"person-2","metadata":"last"},
    {"name":"n","id":"person-3","metadata":0}]} "#;

const TEXTS: [&str; 11] = [
    "person-1",
    "Zoë 😀",
    r#"{"k": ["v", 1.50]}"#,
    "a",
    "",
    "é",
    "person-2",
    r#""last""#,
    "person-3",
    "n",
    "0",
];

fn texts() -> Vec<String> {
    let (person, _) = read(JSON);
    person.unwrap().texts()
}

#[test]
fn texts_stay_where_they_are_in_the_document() {
    let (person, document) = read(JSON);
    let person = person.unwrap();
    let extra = person.extra.clone().unwrap();
    assert_eq!(extra, r#"{"new":[1]}"#);
    let texts = person.texts();
    assert_eq!(texts, TEXTS);
    let mut places: Vec<_> = texts.iter().map(place).collect();
    for (place, text) in places.iter().zip(TEXTS) {
        assert!(
            text.is_empty() || document.start <= place.start && place.end <= document.end,
            "{text}"
        );
    }
    // No byte is in two of them.
    places.retain(|place| !place.is_empty());
    places.sort_unstable_by_key(|place| place.start);
    for pair in places.windows(2) {
        assert!(pair[0].end <= pair[1].start, "{pair:x?}");
    }
}

#[test]
fn a_text_with_an_escape_is_a_new_one() {
    let (person, document) = read(r#"{"id":"a\u00e9","name":"b"}"#);
    let person = person.unwrap();
    assert_eq!((&*person.id, person.name.as_deref()), ("aé", Some("b")));
    assert!(!document.contains(&person.id.as_ptr().addr()));
}

#[test]
fn texts_outlive_each_other_and_what_is_allocated_then() {
    for step in 1..TEXTS.len() {
        let mut texts: Vec<_> = texts().into_iter().map(Some).collect();
        // Each in turn, as every step-th of a ring of 11 is.
        for turn in 0..texts.len() {
            let gone = turn * step % texts.len();
            texts[gone] = None;
            let other = vec![0xaa_u8; 40];
            for (text, expected) in texts.iter().zip(TEXTS) {
                assert!(text.as_deref().is_none_or(|text| text == expected));
            }
            drop(other);
        }
        assert!(texts.iter().all(Option::is_none));
    }
}

#[test]
fn a_text_that_changes_changes_no_other() {
    for at in 0..TEXTS.len() {
        for change in [
            |text: &mut String| text.make_ascii_uppercase(),
            |text: &mut String| text.push_str(&"x".repeat(100)),
            |text: &mut String| text.insert(0, 'y'),
            |text: &mut String| text.clear(),
            |text: &mut String| {
                text.pop();
                text.shrink_to_fit();
                text.push_str("zz");
            },
            |text: &mut String| *text = std::mem::take(text).into_boxed_str().into(),
        ] {
            let mut texts = texts();
            let mut expected = TEXTS.map(str::to_owned);
            change(&mut texts[at]);
            change(&mut expected[at]);
            assert_eq!(texts, expected);
        }
    }
}

/// The string before is gone, and its bytes are nobody's.
#[test]
fn the_last_of_repeated_members_counts() {
    let json = r#"{"id":"a","name":"x","tags":["1"],"name":"y","id":"b","tags":["2","3"]}"#;
    let (person, _) = read(json);
    assert_eq!(person.unwrap().texts(), ["b", "y", "2", "3"]);
}

#[test]
fn what_was_read_before_an_error_stays() {
    let mut person = Person::default();
    let json = br#"{"id":"a","name":"x","tags":["1","\x"]}"#;
    let error = decode(NEVER_REUSES, json.to_vec(), &mut person).unwrap_err();
    assert_eq!(error.to_string(), "it has a malformed string at byte 36");
    assert_eq!(person.id + &person.name.unwrap(), "ax");
}

/// Also where the reading stopped within a character, or within a value that is kept.
#[test]
fn an_error_says_at_which_byte_it_is() {
    for (json, expected) in [
        ("", "a value was expected at byte 0"),
        ("{\"id\":\"é\\é\"}", "it has a malformed string at byte 11"),
        ("{\"id\":\"é\n\"}", "it has a malformed string at byte 10"),
        ("{\"id\":\"é", "it ends within a string at byte 9"),
        (
            "{\"id\":\"a\"}é",
            "the end of the document was expected at byte 10",
        ),
        (
            "{\"metadata\":{\"é\":[1,x]}}",
            "a value was expected at byte 21",
        ),
        (
            "{\"metadata\":{\"é\":\"\\é\"}}",
            "it has a malformed string at byte 20",
        ),
        (
            "{\"é\":01}",
            "a comma or the end of an array or object was expected at byte 7",
        ),
        ("{\"new\" 1}", "a colon was expected at byte 7"),
    ] {
        let error = read(json).0.unwrap_err();
        assert_eq!(error.to_string(), expected, "{json}");
    }
}

/// The least that a page of answers could be cut into, at each byte.
#[test]
fn a_document_that_is_cut_off_is_none() {
    let json = JSON.trim();
    for cut in 0..json.len() {
        let mut person = Person::default();
        let cut = json.as_bytes()[..cut].to_vec();
        assert!(decode(NEVER_REUSES, cut, &mut person).is_err());
        assert!(person.texts().iter().all(|text| TEXTS.contains(&&**text)));
    }
}
