//! Decodes escaped characters of all kinds: escapes of JSON and of source code, HTML and
//! XML entities, percent-encoding. Removes white space, at which long texts are wrapped,
//! and the zero bytes of UTF-16.

use std::ops::Range;

/// Collects the source range of each output byte, or ignores it.
pub(super) trait Sources: Default {
    fn add(&mut self, source: Range<usize>);
}

impl Sources for () {
    fn add(&mut self, _: Range<usize>) {}
}

impl Sources for Vec<Range<usize>> {
    fn add(&mut self, source: Range<usize>) {
        self.push(source);
    }
}

/// Replaces characters that do not occur in secrets.
const OTHER: u8 = 0xff;

/// Decodes one level of escapes. Returns the decoded text and the range in `text` that
/// each of its bytes comes from, or `None` if there is nothing to decode.
pub(super) fn unescape<S: Sources>(text: &[u8]) -> Option<(Vec<u8>, S)> {
    let mut escapes = Escapes { text, at: 0 };
    let mut next = escapes.next();
    next.as_ref()?;
    let (mut bytes, mut sources, mut end) = (Vec::with_capacity(text.len()), S::default(), 0);
    while end < text.len() {
        let (source, character) = next.unwrap_or((text.len()..text.len(), None));
        bytes.extend_from_slice(text.get(end..source.start).unwrap_or_default());
        (end..source.start).for_each(|at| sources.add(at..at + 1));
        end = source.end;
        if let Some(byte) = character {
            bytes.push(byte);
            sources.add(source);
        }
        next = escapes.next();
    }
    Some((bytes, sources))
}

/// Iterates over the ranges of all escapes in a text, each with the character that it
/// encodes; `None` is white space.
struct Escapes<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Escapes<'_> {
    type Item = (Range<usize>, Option<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.text.get(self.at..)?;
            let start = self.at + find_candidate(rest)?;
            let rest = self.text.get(start..)?;
            if let Some((code, length)) = escape(rest) {
                self.at = start + length;
                let byte = u8::try_from(code).ok().filter(u8::is_ascii);
                let byte = byte.unwrap_or(OTHER);
                return Some((start..self.at, (!is_space(byte)).then_some(byte)));
            }
            self.at = start + 1;
        }
    }
}

/// Finds the next byte that may start an escape. Most of a text is skipped in chunks: a
/// loop without an early exit compiles to a few vector instructions.
fn find_candidate(text: &[u8]) -> Option<usize> {
    const CHUNK: usize = 32;
    let is_clear = |bytes: &&[u8]| !bytes.iter().fold(false, |any, byte| any | may_start(*byte));
    let clear = CHUNK * text.chunks_exact(CHUNK).take_while(is_clear).count();
    let mut rest = text.get(clear..)?.iter();
    Some(clear + rest.position(|byte| may_start(*byte))?)
}

fn may_start(byte: u8) -> bool {
    matches!(byte, b'\\' | b'&' | b'%') || is_space(byte)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r' | b'\0')
}

/// Decodes the escape at the start of a text. Returns its character and its length.
fn escape(text: &[u8]) -> Option<(u32, usize)> {
    match text {
        [b'\\', b'u', rest @ ..] => Some((hexadecimal(rest.get(..4)?)?, 6)),
        [b'\\', b'x', rest @ ..] | [b'%', rest @ ..] => {
            let code = hexadecimal(rest.get(..2)?)?;
            Some((code, text.len() - rest.len() + 2))
        }
        [b'\\', b'b' | b'f' | b'n' | b'r' | b't', ..] => Some((u32::from(b'\n'), 2)),
        [b'\\', byte, ..] => Some((u32::from(*byte), 2)),
        [b'&', b'#', b'x' | b'X', rest @ ..] => numeric(rest, 16, 3),
        [b'&', b'#', rest @ ..] => numeric(rest, 10, 2),
        [b'&', rest @ ..] => {
            let end = rest
                .iter()
                .take(LONGEST_NAME + 1)
                .position(|c| *c == b';')?;
            let name = rest.get(..end)?;
            let (_, byte) = NAMED.iter().find(|(named, _)| named.as_bytes() == name)?;
            Some((u32::from(*byte), end + 2))
        }
        [byte, ..] if is_space(*byte) => Some((u32::from(*byte), 1)),
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    digits
        .iter()
        .try_fold(0, |code, digit| Some(code << 4 | value(digit)?))
}

/// Decodes the digits of a numeric entity after a prefix of this length. Browsers do not
/// require a `;` at its end.
fn numeric(text: &[u8], radix: u32, prefix: usize) -> Option<(u32, usize)> {
    let value = |digit: &u8| char::from(*digit).to_digit(radix);
    let digits = text.iter().map_while(value);
    let length = digits.clone().count();
    let code = digits.fold(0_u32, |code, digit| {
        code.saturating_mul(radix).saturating_add(digit)
    });
    let end = usize::from(text.get(length) == Some(&b';'));
    (length > 0).then_some((code, prefix + length + end))
}

/// HTML's entities for ASCII punctuation.
/// Source: <https://html.spec.whatwg.org/multipage/named-characters.html>
const NAMED: [(&str, u8); 47] = [
    ("Tab", b'\t'),
    ("NewLine", b'\n'),
    ("nbsp", b' '),
    ("excl", b'!'),
    ("quot", b'"'),
    ("QUOT", b'"'),
    ("num", b'#'),
    ("dollar", b'$'),
    ("percnt", b'%'),
    ("amp", b'&'),
    ("AMP", b'&'),
    ("apos", b'\''),
    ("lpar", b'('),
    ("rpar", b')'),
    ("ast", b'*'),
    ("midast", b'*'),
    ("plus", b'+'),
    ("comma", b','),
    ("period", b'.'),
    ("sol", b'/'),
    ("colon", b':'),
    ("semi", b';'),
    ("lt", b'<'),
    ("LT", b'<'),
    ("equals", b'='),
    ("gt", b'>'),
    ("GT", b'>'),
    ("quest", b'?'),
    ("commat", b'@'),
    ("lsqb", b'['),
    ("lbrack", b'['),
    ("bsol", b'\\'),
    ("rsqb", b']'),
    ("rbrack", b']'),
    ("Hat", b'^'),
    ("lowbar", b'_'),
    ("UnderBar", b'_'),
    ("grave", b'`'),
    ("DiacriticalGrave", b'`'),
    ("lcub", b'{'),
    ("lbrace", b'{'),
    ("verbar", b'|'),
    ("vert", b'|'),
    ("VerticalLine", b'|'),
    ("rcub", b'}'),
    ("rbrace", b'}'),
    ("ZeroWidthSpace", b' '),
];

/// The length of `DiacriticalGrave`.
const LONGEST_NAME: usize = 16;
