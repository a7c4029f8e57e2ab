//! The allocator as a component has it, and what changes hands in it, with the block of
//! memory that it has natively.
#![expect(unsafe_code, reason = "an allocator is used by hand")]
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use std::alloc::{GlobalAlloc, Layout};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use stytch_runtime::{Bump, NeverReuses, append, own};

#[global_allocator]
static BUMP: Bump = Bump::new();

// SAFETY: it is right above.
const NEVER_REUSES: NeverReuses = unsafe { NeverReuses::new() };

/// Nobody else allocates while a test looks at what is handed out.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).unwrap()
}

fn end(block: &Vec<u8>) -> usize {
    block.as_ptr().addr() + block.capacity()
}

/// Two blocks, of which the second begins where the first ends. The harness, which
/// allocates in its own thread, may come between.
fn neighbours() -> (Vec<u8>, Vec<u8>) {
    for _ in 0..1000 {
        let (first, second) = (Vec::from(*b"first"), Vec::from(*b"second"));
        if end(&first) == second.as_ptr().addr() {
            return (first, second);
        }
    }
    panic!("no two blocks lay side by side");
}

#[test]
fn blocks_are_aligned_and_never_overlap() {
    let _alone = alone();
    let blocks: Vec<(usize, usize)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut blocks = Vec::new();
                    for at in 0..2000 {
                        let (size, align) = (1 + at % 70, 1 << (at % 7));
                        // SAFETY: the size is not zero.
                        let block = unsafe { BUMP.alloc(layout(size, align)) };
                        assert!(block.addr() != 0 && block.addr().is_multiple_of(align));
                        blocks.push((block.addr(), size));
                        // What is given back is not handed out again.
                        // SAFETY: it is the block from above.
                        unsafe { BUMP.dealloc(block, layout(size, align)) };
                    }
                    blocks
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    let mut blocks = blocks;
    blocks.sort_unstable();
    assert_eq!(blocks.len(), 8000);
    for pair in blocks.windows(2) {
        assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{pair:x?}");
    }
}

#[test]
fn more_than_there_is_is_refused() {
    for size in [2 << 30, isize::MAX.cast_unsigned() - 7] {
        // SAFETY: the size is not zero.
        assert!(unsafe { BUMP.alloc(layout(size, 8)) }.is_null(), "{size}");
    }
    // SAFETY: the size is not zero, and the new one fits the alignment.
    unsafe {
        let block = BUMP.alloc(layout(8, 8));
        assert!(BUMP.realloc(block, layout(8, 8), 2 << 30).is_null());
        block.write(1);
    }
}

#[test]
fn the_last_block_grows_where_it_is_and_another_moves() {
    let _alone = alone();
    let mut in_place = 0;
    for _ in 0..100 {
        let mut last = Vec::from(*b"text");
        let before = last.as_ptr();
        last.reserve_exact(100);
        in_place += u32::from(last.as_ptr() == before);
        assert_eq!(last, b"text");
    }
    assert!(in_place > 50, "{in_place}");

    let (mut first, second) = neighbours();
    let before = first.as_ptr();
    first.extend(b" and more");
    assert_ne!(first.as_ptr(), before);
    assert_eq!(
        (&*first, &*second),
        (&b"first and more"[..], &b"second"[..])
    );
}

#[test]
fn pieces_that_lie_side_by_side_are_joined_without_a_copy() {
    let _alone = alone();
    let (mut body, piece) = neighbours();
    let (start, end_of_piece) = (body.as_ptr(), end(&piece));
    append(NEVER_REUSES, &mut body, piece);
    assert_eq!(body, b"firstsecond");
    assert_eq!((body.as_ptr(), end(&body)), (start, end_of_piece));
    // It is a block like any other.
    body.extend([b'!'; 1000]);
    body.shrink_to_fit();
    assert_eq!(body[..12], *b"firstsecond!");
}

#[test]
fn other_pieces_are_copied() {
    let _alone = alone();
    // The other way round.
    let (piece, mut body) = neighbours();
    append(NEVER_REUSES, &mut body, piece);
    assert_eq!(body, b"secondfirst");
    // With room between.
    let (mut body, piece) = neighbours();
    body.pop();
    append(NEVER_REUSES, &mut body, piece);
    assert_eq!(body, b"firssecond");
    for (body, piece) in [("", ""), ("", "b"), ("a", "")] {
        let mut joined = Vec::from(body);
        append(NEVER_REUSES, &mut joined, Vec::from(piece));
        assert_eq!(joined, [body, piece].concat().as_bytes());
    }
}

#[test]
fn strings_of_one_text_stay_where_they_are_and_do_not_know_each_other() {
    let _alone = alone();
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let text = "one two three".to_owned().into_boxed_str();
        let start = text.as_ptr().addr();
        let (one, rest) = Box::leak(text).split_at_mut(3);
        let (two, three) = rest.split_at_mut(5);
        let mut strings = [one, two, three].map(|text| Some(own(NEVER_REUSES, text)));
        let addresses = strings
            .each_ref()
            .map(|text| text.as_ref().unwrap().as_ptr().addr());
        assert_eq!(addresses, [start, start + 3, start + 8]);
        let room = strings
            .each_ref()
            .map(|text| text.as_ref().unwrap().capacity());
        assert_eq!(room, [3, 5, 5]);

        let mut expected = ["one", " two ", "three"].map(|text| Some(text.to_owned()));
        for at in order {
            for text in [&mut strings[at], &mut expected[at]] {
                let text = text.as_mut().unwrap();
                text.make_ascii_uppercase();
                text.push_str(" and more than there is room for");
                text.truncate(4);
                text.shrink_to_fit();
                text.push('!');
            }
            assert_eq!(strings, expected);
        }
        for at in order {
            (strings[at], expected[at]) = (None, None);
            // Whoever gets memory now does not get theirs.
            let other = vec![0xaa_u8; 16];
            assert_eq!(strings, expected);
            drop(other);
        }
    }
}

#[test]
fn a_text_without_bytes_is_a_string_without_memory() {
    assert_eq!(own(NEVER_REUSES, Default::default()).capacity(), 0);
}
