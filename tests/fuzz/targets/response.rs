#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| stytch_fuzz::run(stytch_fuzz::response, data));
