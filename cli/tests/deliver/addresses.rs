//! Where nothing may go: hostile ways to write an address, and Python's table of what is global.

use super::{Fake, Lots, counting, guard, job, run, webhook};
use journey_cli::deliver::address::blocked;
use journey_runtime::outbox::Outcome;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Hosts that must not be called, as hostile as they can be written.
const HOSTS: &[&str] = &[
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0177.0.0.1",
    "017700000001",
    "0x7f.1",
    "127.0.0.1.",
    "0",
    "0.0.0.0",
    "00.0.0.0",
    "0x0",
    "1",
    "10.0.0.1",
    "10.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.1",
    "3232235521",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.64.0.1",
    "100.127.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "4294967295",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:10.0.0.1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[::7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[2001::1]",
    "[2001:db8::1]",
    "[2001:10::1]",
    "[2001:20::1]",
    "[fe80::1]",
    "[febf::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[ff0e::1]",
    "[100::1]",
    "[3fff::1]",
    "[5f00::1]",
    "[4000::1]",
    "①②⑦.⓪.⓪.①",
    "１２７.0.0.1",
    "127。0。0。1",
    "127%2e0%2e0%2e1",
    "%31%32%37.0.0.1",
    "loc%61lhost",
    "metadata.google.internal",
    "instance-data",
    "kubernetes.default.svc",
    "127.0.0.1.nip.io",
    "spoofed.example",
    "a.rebinding.example",
    "xn--lcalhost-hdb",
    "ｌｏｃａｌｈｏｓｔ",
    "localtest.me",
];

fn hostile_hosts() -> Vec<String> {
    let mut hosts: Vec<String> = HOSTS.iter().map(|host| (*host).to_owned()).collect();
    for byte in [0u32, 1, 63, 128, 255] {
        hosts.push(format!("10.{byte}.{byte}.{byte}"));
        hosts.push(format!("127.{byte}.0.{byte}"));
        hosts.push(format!("192.168.{byte}.1"));
        hosts.push(format!("{:#x}", 0x0a00_0000 + byte));
        hosts.push(format!("{:#o}", 0x7f00_0000 + byte).replacen("0o", "0", 1));
        hosts.push(format!("[::ffff:10.0.{byte}.1]"));
        hosts.push(format!("[fd{byte:02x}::{byte:x}]"));
    }
    hosts
}

/// What is no address of a receiver at all.
const TEXTS: &[&str] = &[
    "",
    " ",
    "https://",
    "https:///",
    "https:",
    "//127.0.0.1",
    "127.0.0.1",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/_x",
    "ftp://127.0.0.1/",
    "dict://127.0.0.1:11211/",
    "ldap://127.0.0.1",
    "unix:/run/docker.sock",
    "data:text/plain,x",
    "ws://127.0.0.1/",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://:@example.com/",
    "https://@example.com/",
    "https://example.com:22/",
    "https://example.com:0/",
    "https://example.com:99999/",
    "https://example.com:80/",
    "http://example.com/",
    "https://exa mple.com/",
    "https://example.com\u{0}.evil/",
    "https://example.com\r\nHost: x/",
    "https://example.com\t/",
    "https://[::1/",
    "https://::1/",
    "https://[::1%25eth0]/",
    "https://1.2.3.4.5/",
    "https://256.0.0.1/",
    "https://0x1ffffffff/",
    "https://1.2.3.08/",
    "https://example.com#@127.0.0.1:25/\u{7f}",
    "https://127.0.0.1#@example.com/",
    "https://127.0.0.1?@example.com/",
    "https://127.0.0.1\\@example.com/",
    "https://.../",
    "https://./",
];

/// At least 500 addresses, none of which may be called; the listener is of this test.
fn hostile_urls(port: u16) -> Vec<String> {
    let mut urls = Vec::new();
    for host in hostile_hosts() {
        urls.push(format!("https://{host}/hook"));
        urls.push(format!("https://{host}:8443/"));
        urls.push(format!("https://{host}:{port}/"));
        urls.push(format!("http://{host}:{port}/hook"));
        urls.push(format!("https://example.com@{host}/"));
        urls.push(format!("HTTPS:\\\\{host}\\hook"));
    }
    for text in TEXTS {
        urls.push((*text).to_owned());
    }
    urls
}

fn internal() -> Vec<IpAddr> {
    let all = [
        "127.0.0.1",
        "10.0.0.7",
        "169.254.169.254",
        "::1",
        "::ffff:127.0.0.1",
        "fd00::1",
    ];
    all.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn no_hostile_address_is_connected_to() {
    let (port, accepted) = counting();
    let urls = hostile_urls(port);
    assert!(urls.len() >= 500, "{}", urls.len());
    let mut by_name = 0;
    run(async {
        for (place, url) in urls.iter().enumerate() {
            let inside = internal();
            let inside = inside[place % inside.len()];
            let guard = guard(&[], Fake(Mutex::new(vec![inside])));
            let Ok((parsed, way)) = guard.url(url) else {
                continue;
            };
            // a name: it is its address that counts
            by_name += 1;
            let host = parsed.host_str().unwrap();
            let resolved = guard.resolve(host, way).await;
            assert!(resolved.is_err(), "{url} is {resolved:?}");
            let courier = webhook(url, &guard, Duration::from_secs(2)).unwrap();
            let outcome = courier.carry(&job("k")).await;
            assert!(
                matches!(outcome, Outcome::NotSent { .. }),
                "{url}: {outcome:?}"
            );
        }
    });
    assert!(by_name > 20, "{by_name} names");
    assert_eq!(accepted.load(Ordering::SeqCst), 0);
}

#[test]
fn addresses_are_blocked_that_python_does_not_call_global() {
    let mut lots = Lots(11);
    let mut addresses: Vec<IpAddr> = Vec::new();
    for n in 0..100_000u32 {
        let bits = u128::from(lots.next()) << 64 | u128::from(lots.next());
        let high = [
            0x2001u128, 0x2002, 0x3fff, 0xfe80, 0xfc00, 0x0064, 0x0100, 0x2620, 0xff00, 0,
        ];
        addresses.push(match n % 4 {
            0 => Ipv4Addr::from_bits(bits as u32).into(),
            1 => {
                let first = [0u8, 10, 100, 127, 169, 172, 192, 198, 203, 224, 240, 255];
                let low = bits as u32 & 0x00ff_ffff;
                Ipv4Addr::from_bits(u32::from(first[lots.below(12)]) << 24 | low).into()
            }
            2 => Ipv6Addr::from_bits(bits).into(),
            _ => {
                let few = if lots.below(2) == 0 {
                    u128::MAX >> 16
                } else {
                    u128::MAX >> 100
                };
                Ipv6Addr::from_bits(high[lots.below(10)] << 112 | bits & few).into()
            }
        });
    }
    let script = "import sys, ipaddress\n\
        for line in sys.stdin:\n  a = ipaddress.ip_address(line.strip())\n  \
        print(int(not a.is_global or a.is_multicast or a.is_reserved or a.is_link_local))";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    let text: String = addresses
        .iter()
        .map(|address| format!("{address}\n"))
        .collect();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let out = python.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let out = String::from_utf8(out.stdout).unwrap();
    let theirs: Vec<bool> = out.lines().map(|line| line == "1").collect();
    assert_eq!(theirs.len(), addresses.len());
    let (mut global, mut stricter) = (0, 0);
    for (address, not_global) in addresses.iter().zip(theirs) {
        match (blocked(*address), not_global) {
            (None, true) => panic!("{address} is not blocked"),
            (None, false) => global += 1,
            (Some(_), true) => {}
            (Some(what), false) => {
                stricter += 1;
                let known = [
                    "documentation",
                    "6to4",
                    "IPv4",
                    "protocols",
                    "private names",
                    "relay",
                    "not global",
                ];
                assert!(
                    known.iter().any(|known| what.contains(known)),
                    "{address}: {what}"
                );
            }
        }
    }
    assert!(stricter > 0, "6to4 is among them");
    assert!(global > 20_000);
}
