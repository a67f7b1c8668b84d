//! Who owns what in block 0.
//!
//! The preset is the whole configuration, not a patch to one, so that a tool can hand it back to
//! `GenesisBuilder_build_state` byte for byte, without having to merge JSON.

use crate::{money::DOT, AccountId, Balance, BalancesConfig, RuntimeGenesisConfig, SudoConfig};
use alloc::{vec, vec::Vec};
use polkadot_sdk::{sp_core::hex2array, sp_genesis_builder::PresetId};

/// The name of the only preset.
const LOCAL: &str = "local";

const DEVELOPER: Balance = 1_000_000 * DOT;
const NAMED: Balance = 10_000 * DOT;

/// sr25519 public keys of the hard derivations `//Name` of the well-known development phrase, in
/// the order of the table in `chain/README.md`. `//Treasury` is kept empty on purpose: tests pay
/// it as an account that does not exist yet.
const ENDOWED: [([u8; 32], Balance); 15] = [
    // //Alice
    (
        hex2array!("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d"),
        DEVELOPER,
    ),
    // //Bob
    (
        hex2array!("8eaf04151687736326c9fea17e25fc5287613693c912909cb226aa4794f26a48"),
        DEVELOPER,
    ),
    // //Charlie
    (
        hex2array!("90b5ab205c6974c9ea841be688864633dc9ca8a357843eeacf2314649965fe22"),
        DEVELOPER,
    ),
    // //Dave
    (
        hex2array!("306721211d5404bd9da88e0204360a1a9ab8b87c66c1bc2fcdd37f3c2222cc20"),
        DEVELOPER,
    ),
    // //Eve
    (
        hex2array!("e659a7a1628cdd93febc04a4e0646ea20e9f5f0ce097d9a05290d4a9e054df4e"),
        DEVELOPER,
    ),
    // //Ferdie
    (
        hex2array!("1cbd2d43530a44705ad088af313e18f80b53ef16b36177cd4b77b846f2a5f07c"),
        DEVELOPER,
    ),
    // //Owner
    (
        hex2array!("967565a72ebaf286e32c4fa2bff58394bb727afb3c2b10f0a628d4f56d890075"),
        NAMED,
    ),
    // //Operator
    (
        hex2array!("5afbc302fa68903d0d98dad6a60661e4c8fe657b85b08608f1b1d60d862cf567"),
        NAMED,
    ),
    // //Oracle
    (
        hex2array!("683c4ef19d8fec497566bf7c24c5d6e3625edecde19d80c39281e4686961fa74"),
        NAMED,
    ),
    // //Arbiter
    (
        hex2array!("2c8fbcc390a0da443c8de152a4946b06f0ef37025ab6b06d571ed11e2992482a"),
        NAMED,
    ),
    // //Guardian
    (
        hex2array!("425514f650308c252b79fa70609d4ac8e90426f059f2b04eb34f1a8e47e15922"),
        NAMED,
    ),
    // //Wanjiru
    (
        hex2array!("2003ab3a7e77342d3101bee496055e089710b381d7ed61eed1fdcf96a52a2d00"),
        NAMED,
    ),
    // //Otieno
    (
        hex2array!("4823f9b5cb16480a93255070deaf10f9b414dc7d4d6689c3f0f312958ffd9c32"),
        NAMED,
    ),
    // //Achieng
    (
        hex2array!("0c7a982bf064dc4eff2cee5bf7481aa51c373fb0c8f08c81ef09a0485ce4b924"),
        NAMED,
    ),
    // //Kamau
    (
        hex2array!("9ef1069c39da3e4e9aeb1603a663fde59bb293ea219a892f8f2a7c58ce295013"),
        NAMED,
    ),
];

/// Serialized configuration of block 0: the balances above, and `//Alice` as sudo.
///
/// Nothing is said of pallet-revive's account mapping: an endowed account is a new account, and
/// new accounts are mapped.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    if id != LOCAL {
        return None;
    }
    let balances = ENDOWED
        .iter()
        .map(|(key, amount)| (AccountId::from(*key), *amount))
        .collect();
    let config = RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances,
            ..Default::default()
        },
        sudo: SudoConfig {
            key: Some(AccountId::from(ENDOWED[0].0)),
        },
        ..Default::default()
    };
    serde_json::to_vec(&config).ok()
}

pub fn preset_names() -> Vec<PresetId> {
    vec![PresetId::from(LOCAL)]
}
