//! Which addresses are not somewhere on the public internet. A table, by the registries of special addresses;
//! whatever is not plainly global is refused, and so is what carries another address inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Base, length of the prefix, what it is.
const V4: [(u32, u32, &str); 19] = [
    (0x0000_0000, 8, "this network"),
    (0x0a00_0000, 8, "private"),
    (0x6440_0000, 10, "shared by a carrier"),
    (0x7f00_0000, 8, "loopback"),
    (0xa9fe_0000, 16, "link-local"),
    (0xac10_0000, 12, "private"),
    (0xc000_0000, 24, "for protocols"),
    (0xc000_0200, 24, "for documentation"),
    (0xc01f_c400, 24, "an answer for private names"),
    (0xc034_c100, 24, "a relay for multicast"),
    (0xc058_6300, 24, "a relay of 6to4"),
    (0xc0a8_0000, 16, "private"),
    (0xc0af_3000, 24, "an answer for private names"),
    (0xc612_0000, 15, "for benchmarks"),
    (0xc633_6400, 24, "for documentation"),
    (0xcb00_7100, 24, "for documentation"),
    (0xe000_0000, 4, "multicast"),
    (0xf000_0000, 4, "reserved"),
    (0xffff_ffff, 32, "broadcast"),
];

/// The same of what lies inside 2000::/3; all outside of it is refused.
const V6: [(u128, u32, &str); 5] = [
    (0x2001_0000 << 96, 23, "for protocols"),
    (0x2001_0db8 << 96, 32, "for documentation"),
    (0x2002_0000 << 96, 16, "6to4"),
    (0x2620_004f_8000 << 80, 48, "an answer for private names"),
    (0x3fff_0000 << 96, 20, "for documentation"),
];

/// Why an address is not to be called. None: it is global.
pub fn blocked(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => blocked_v4(address),
        IpAddr::V6(address) => blocked_v6(address),
    }
}

fn blocked_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let within = |base: u32, length: u32| (bits ^ base).leading_zeros() >= length;
    let row = V4.iter().find(|(base, length, _)| within(*base, *length));
    row.map(|(_, _, what)| *what)
}

fn blocked_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = address.to_bits();
    let within = |base: u128, length: u32| (bits ^ base).leading_zeros() >= length;
    let known = match address {
        Ipv6Addr::LOCALHOST => Some("loopback"),
        Ipv6Addr::UNSPECIFIED => Some("unspecified"),
        _ if within(0xffff << 32, 96) => Some("an address of IPv4"),
        _ if within(0x0064_ff9b << 96, 32) => Some("an address of IPv4"),
        _ if within(0xfe80 << 112, 10) => Some("link-local"),
        _ if within(0xfc00 << 112, 7) => Some("private"),
        _ if within(0xff00 << 112, 8) => Some("multicast"),
        _ if !within(0x2000 << 112, 3) => Some("not global"),
        _ => None,
    };
    let row = V6.iter().find(|(base, length, _)| within(*base, *length));
    known.or(row.map(|(_, _, what)| *what))
}
