//! Undoes what encoders do to single characters, all kinds at once: escapes of JSON
//! and of program text, entities of HTML and XML, percent-encoding. White space is
//! left out, which is where long texts are broken, and so are the zeros of UTF-16.

use std::ops::Range;

/// Keeps the place of each byte that is left, or nothing.
pub(super) trait Places: Default {
    fn add(&mut self, place: Range<usize>);
}

impl Places for () {
    fn add(&mut self, _: Range<usize>) {}
}

impl Places for Vec<Range<usize>> {
    fn add(&mut self, place: Range<usize>) {
        self.push(place);
    }
}

/// What stands for a character that no secret has.
const OTHER: u8 = 0xff;

/// The text with one layer undone, and where in `text` each of its bytes came from;
/// `None` when there is nothing to undo.
pub(super) fn undo<P: Places>(text: &[u8]) -> Option<(Vec<u8>, P)> {
    let mut escapes = Escapes { text, at: 0 };
    let mut next = escapes.next();
    next.as_ref()?;
    let (mut bytes, mut places, mut end) = (Vec::with_capacity(text.len()), P::default(), 0);
    while end < text.len() {
        let (place, character) = next.unwrap_or((text.len()..text.len(), None));
        bytes.extend_from_slice(text.get(end..place.start).unwrap_or_default());
        (end..place.start).for_each(|at| places.add(at..at + 1));
        end = place.end;
        if let Some(byte) = character {
            bytes.push(byte);
            places.add(place);
        }
        next = escapes.next();
    }
    Some((bytes, places))
}

/// The places of all escapes in a text, each with the character that it stands for;
/// `None` is white space.
struct Escapes<'a> {
    text: &'a [u8],
    at: usize,
}

impl Iterator for Escapes<'_> {
    type Item = (Range<usize>, Option<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let rest = self.text.get(self.at..)?;
            let begin = self.at + next_that_may_begin(rest)?;
            let rest = self.text.get(begin..)?;
            if let Some((code, length)) = escape(rest) {
                self.at = begin + length;
                let byte = u8::try_from(code).ok().filter(u8::is_ascii);
                let byte = byte.unwrap_or(OTHER);
                return Some((begin..self.at, (!is_space(byte)).then_some(byte)));
            }
            self.at = begin + 1;
        }
    }
}

/// Most of a text is passed over many bytes at a time, which compilers do in a few
/// instructions where a loop has no other way out.
fn next_that_may_begin(text: &[u8]) -> Option<usize> {
    const AT_ONCE: usize = 32;
    let is_clear = |bytes: &&[u8]| !bytes.iter().fold(false, |any, byte| any | may_begin(*byte));
    let clear = AT_ONCE * text.chunks_exact(AT_ONCE).take_while(is_clear).count();
    let mut rest = text.get(clear..)?.iter();
    Some(clear + rest.position(|byte| may_begin(*byte))?)
}

fn may_begin(byte: u8) -> bool {
    matches!(byte, b'\\' | b'&' | b'%') || is_space(byte)
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r' | b'\0')
}

/// The character that the text begins with in an escape, and the length of that.
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

/// The rest of a numeric entity, behind so many bytes. Browsers need no `;` at its end.
fn numeric(text: &[u8], radix: u32, behind: usize) -> Option<(u32, usize)> {
    let value = |digit: &u8| char::from(*digit).to_digit(radix);
    let digits = text.iter().map_while(value);
    let length = digits.clone().count();
    let code = digits.fold(0_u32, |code, digit| {
        code.saturating_mul(radix).saturating_add(digit)
    });
    let end = usize::from(text.get(length) == Some(&b';'));
    (length > 0).then_some((code, behind + length + end))
}

/// HTML's names of ASCII's punctuation.
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

/// That of `DiacriticalGrave`.
const LONGEST_NAME: usize = 16;
