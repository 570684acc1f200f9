//! The numbers of the key exchange: the prime that both sides compute modulo, and small products to be factored.

use num_bigint::BigUint;

/// Telegram's own [prime](https://core.telegram.org/mtproto/auth_key), which clients know and need not test anew.
const DH_PRIME: &str = "\
C71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA33\
6F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96\
BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B\
2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0\
F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119C\
D8E3B92FCC5B";

/// The base: it generates the subgroup that clients check for with this prime.
pub(crate) const GENERATOR: u8 = 3;

/// The prime of the exchange, 2048 bits.
///
/// # Panics
/// Never: the digits above are hexadecimal.
#[must_use]
pub(crate) fn dh_prime() -> BigUint {
    BigUint::parse_bytes(DH_PRIME.as_bytes(), 16).expect("hexadecimal digits")
}

/// Two primes of 31 bits, the smaller first: their product is what a client must factor.
#[must_use]
pub(crate) fn two_factors() -> (u32, u32) {
    loop {
        let (p, q) = (random_prime(), random_prime());
        if p != q {
            return (p.min(q), p.max(q));
        }
    }
}

fn random_prime() -> u32 {
    loop {
        let mut bytes = [0; 4];
        getrandom::fill(&mut bytes).expect("the system has randomness");
        let candidate = (u32::from_le_bytes(bytes) & 0x3fff_ffff) | 0x4000_0001;
        if is_prime(candidate) {
            return candidate;
        }
    }
}

fn is_prime(odd: u32) -> bool {
    (3..).step_by(2).take_while(|d| d * d <= u64::from(odd)).all(|d| !u64::from(odd).is_multiple_of(d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prime_is_one_that_clients_take() {
        let prime = dh_prime();
        assert_eq!(prime.bits(), 2048);
        assert!(grammers_crypto::two_factor_auth::check_p_and_g(&prime.to_bytes_be(), &i32::from(GENERATOR)));
    }

    #[test]
    fn products_have_the_two_factors_that_a_client_finds() {
        let (p, q) = two_factors();
        assert!(p < q && is_prime(p) && is_prime(q) && !is_prime(1_073_741_825));
        assert_eq!(grammers_crypto::factorize(u64::from(p) * u64::from(q)), (u64::from(p), u64::from(q)));
    }
}
