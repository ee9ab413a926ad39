//! User agents held to uap-core's own cases, and to what no input may do. (Their vectors are held by redact.rs.)

use std::path::Path;

use pumice::Code;
use pumice::redact::user_agent::{Agent, Compact, Device, Os, UapRules};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn fields(agent: &Agent<'_>) -> Value {
    json!({
        "family": agent.family,
        "major": agent.major,
        "os": agent.os.as_str(),
        "device": agent.device.as_str(),
    })
}

// uap-core.

const PUBLIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/public/uap-core");
/// The rules that the cases of the crate `ua-parser` were written for.
const RULES_OF_THE_CASES: &str = "regexes.yaml";
/// Newer rules, with an Instagram that needs no Mozilla in front.
const NEWER_RULES: &str = "regexes-202610.yaml";

fn public(name: &str) -> Vec<u8> {
    let path = Path::new(PUBLIC).join(name);
    std::fs::read(&path).unwrap_or_else(|_| panic!("no {name}: run tests/fetch-uap-core first"))
}

fn rules(name: &str) -> UapRules {
    let rules = UapRules::from_bytes(&public(name)).unwrap();
    rules.compile().unwrap();
    rules
}

#[derive(Deserialize)]
struct Cases<T> {
    test_cases: Vec<T>,
}

#[derive(Deserialize)]
struct AgentCase {
    user_agent_string: String,
    family: String,
    major: Option<String>,
}

#[derive(Deserialize)]
struct OsCase {
    user_agent_string: String,
    family: String,
}

fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let file: Cases<T> = serde_saphyr::from_slice(&public(name)).unwrap();
    file.test_cases
}

#[test]
fn uap_engine_equals_every_case_of_uap_core() {
    let rules = rules(RULES_OF_THE_CASES);
    for file in [
        "tests/test_ua.yaml",
        "test_resources/firefox_user_agent_strings.yaml",
        "test_resources/opera_mini_user_agent_strings.yaml",
    ] {
        let cases: Vec<AgentCase> = cases(file);
        assert!(cases.len() > 200, "{file}");
        for case in &cases {
            let agent = rules.parse(&case.user_agent_string);
            let expected = (case.family.as_str(), case.major.as_deref().unwrap_or(""));
            assert_eq!((&*agent.family, &*agent.major), expected, "{file}: {}", case.user_agent_string);
        }
        println!("uap engine: {0}/{0} of {file}", cases.len());
    }
}

#[test]
fn uap_engine_knows_the_commerce_sample() {
    let rules = rules(NEWER_RULES);
    let text = "CPU iPhone OS 9_3_2 like Mac OS X) AppleWebKit/601.1.46 (KHTML, like Gecko) Mobile/13F69 \
                Instagram 8.4.0 (iPhone7,2; iPhone OS 9_3_2; nb_NO; nb-NO; scale=2.00; 750x1334";
    let expected = json!({"family": "Instagram", "major": "8", "os": "iOS", "device": "mobile"});
    assert_eq!(fields(&rules.parse(text)), expected);
}

// Agreement of the compact engine with uap-core.

/// Families that people and their servers meet every day, in uap-core's spelling.
const IN_USE: &[&str] = &[
    // desktop and mobile browsers
    "Chrome",
    "Chrome Mobile",
    "Chrome Mobile iOS",
    "Chrome Mobile WebView",
    "Chromium",
    "HeadlessChrome",
    "Safari",
    "Mobile Safari",
    "Mobile Safari UI/WKWebView",
    "Edge",
    "Edge Mobile",
    "Firefox",
    "Firefox Mobile",
    "Firefox iOS",
    "Opera",
    "Opera Mobile",
    "Opera Mini",
    "Opera GX",
    "Opera Touch",
    "Samsung Internet",
    "IE",
    "IE Mobile",
    "Android",
    "Amazon Silk",
    "UC Browser",
    "Yandex Browser",
    "Vivaldi",
    "Brave",
    "Whale",
    "DuckDuckGo",
    "DuckDuckGo Mobile",
    "QQ Browser",
    "QQ Browser Mobile",
    "MiuiBrowser",
    "Huawei Browser",
    // in-app browsers and applications
    "Facebook",
    "Facebook Messenger",
    "Instagram",
    "Snapchat",
    "Pinterest",
    "Twitter",
    "LINE",
    "TikTok",
    "KakaoTalk",
    "WeChat Browser",
    "Google",
    "Slack Desktop Client",
    "Microsoft Teams",
    "Outlook",
    "Electron",
    // robots
    "Googlebot",
    "Googlebot-Mobile",
    "Googlebot-Image",
    "Googlebot-News",
    "Googlebot-Video",
    "AdsBot-Google",
    "bingbot",
    "msnbot",
    "BingPreview",
    "Applebot",
    "Baiduspider",
    "YandexBot",
    "FacebookBot",
    "Twitterbot",
    "LinkedInBot",
    "Pinterestbot",
    "Slackbot-LinkExpanding",
    "AhrefsBot",
    "SemrushBot",
    "MJ12bot",
    "DotBot",
    "CCBot",
    "GPTBot",
    "Yahoo! Slurp",
    // televisions and consoles
    "HbbTV",
    "NetCast Smart TV",
    "SmartTV WebBrowser",
    "Vewd Browser",
    "Roku",
    "NetFront",
    "NetFront NX",
    // libraries
    "curl",
    "Wget",
    "okhttp",
    "axios",
    "Python Requests",
    "Python-urllib",
    "Python aiohttp",
    "Go-http-client",
    "Apache-HttpClient",
    "Java",
    "PostmanRuntime",
];

/// Names of one thing: uap-core's, and ours.
const SPELLINGS: &[(&str, &str)] = &[
    ("Slurp", "Yahoo! Slurp"),                    // whether the text says Yahoo! in front
    ("Pinterestbot", "Pinterest"), // the crawler when it had the app's name; a bot by its device
    ("Catchpoint bot", "Catchpoint"), // whether the text says bot behind
    ("NutchOrg", "Nutch"),         // builds of one crawler
    ("NutchOSUOSL", "Nutch"),      // builds of one crawler
    ("Sogou Pic Spider", "Sogou web spider"), // crawlers of one house, by their task
    ("Sogou Push Spider", "Sogou web spider"), // crawlers of one house, by their task
    ("Sogou head spider", "Sogou web spider"), // crawlers of one house, by their task
    ("Sogou Orion spider", "Sogou web spider"), // crawlers of one house, by their task
    ("Sogou develop spider", "Sogou web spider"), // crawlers of one house, by their task
    ("QQ Browser Mini", "QQ Browser Mobile"), // the smaller build of it
];

fn is_same_family(theirs: &str, ours: &str) -> bool {
    theirs.eq_ignore_ascii_case(ours) || SPELLINGS.contains(&(theirs, ours))
}

/// Shares of equal answers, in rows.
#[derive(Default)]
struct Agreement {
    rows: u32,
    family: u32,
    major: u32,
    os: u32,
}

impl Agreement {
    fn add(&mut self, theirs: &Agent<'_>, ours: &Agent<'_>) {
        self.rows += 1;
        self.family += u32::from(is_same_family(&theirs.family, &ours.family));
        self.major += u32::from(theirs.major == ours.major);
        self.os += u32::from(theirs.os == ours.os);
    }

    /// Prints the shares, and holds them to floors, in percent.
    fn hold(&self, name: &str, family: f64, major: f64, os: f64) {
        let percent = |equal: u32| f64::from(equal) * 100.0 / f64::from(self.rows.max(1));
        let shares = [percent(self.family), percent(self.major), percent(self.os)];
        println!(
            "compact engine and uap-core, {name}, {} rows: family {:.2} %, major {:.2} %, os {:.2} %",
            self.rows, shares[0], shares[1], shares[2]
        );
        for (share, floor) in shares.iter().zip([family, major, os]) {
            assert!(*share >= floor, "{name}: {share:.2} % is below {floor} %");
        }
    }
}

/// What uap-core's cases expect, with the system that its rules tell.
fn expected<'a>(rules: &'a UapRules, case: &'a AgentCase) -> Agent<'a> {
    let told = rules.parse(&case.user_agent_string);
    Agent {
        family: case.family.as_str().into(),
        major: case.major.as_deref().unwrap_or("").into(),
        os: told.os,
        device: told.device,
    }
}

#[test]
fn compact_engine_agrees_with_uap_core_on_its_cases() {
    let rules = rules(RULES_OF_THE_CASES);
    let cases: Vec<AgentCase> = cases("tests/test_ua.yaml");
    let (mut all, mut named, mut in_use) = <(Agreement, Agreement, Agreement)>::default();
    for case in &cases {
        let theirs = expected(&rules, case);
        let ours = Compact.parse(&case.user_agent_string);
        all.add(&theirs, &ours);
        // Half of the cases are crawlers of the 2000s that uap-core calls by what the text says. A name out of the
        // text is what the compact engine never gives: it says that they are robots.
        if !(ours.family == "Other" && ours.device == Device::Bot) {
            named.add(&theirs, &ours);
        }
        if IN_USE.contains(&&*theirs.family) {
            in_use.add(&theirs, &ours);
        }
    }
    all.hold("test_ua.yaml", 47.5, 67.0, 98.0);
    named.hold("test_ua.yaml without robots of no name", 78.0, 79.5, 97.0);
    in_use.hold("test_ua.yaml, families in use", 98.0, 96.0, 97.5);
}

#[test]
fn compact_engine_agrees_with_uap_core_on_systems() {
    let rules = rules(RULES_OF_THE_CASES);
    let mut all = Agreement::default();
    for file in ["tests/test_os.yaml", "test_resources/additional_os_tests.yaml"] {
        let cases: Vec<OsCase> = cases(file);
        for case in &cases {
            let theirs = rules.parse(&case.user_agent_string);
            assert_eq!(theirs.os, os_of(&case.family), "{}", case.user_agent_string);
            all.add(&theirs, &Compact.parse(&case.user_agent_string));
        }
    }
    all.hold("test_os.yaml", 69.0, 70.0, 96.0);
}

/// Our family of a system of uap-core's.
fn os_of(family: &str) -> Os {
    match family {
        "iOS" => Os::Ios,
        "Android" | "Chromecast Android" => Os::Android,
        "Windows" | "Windows Phone" | "Windows Mobile" => Os::Windows,
        "Mac OS X" | "Mac OS" => Os::MacOs,
        "Chrome OS" => Os::ChromeOs,
        "Linux" | "Ubuntu" | "Gentoo" | "Debian" | "Mandriva" | "Red Hat" | "CentOS" | "Fedora"
        | "Linux Mint" | "PCLinuxOS" | "Puppy" | "Slackware" | "Chromecast Linux" => Os::Linux,
        _ => Os::Other,
    }
}

#[test]
fn compact_engine_agrees_with_uap_core_on_real_traffic() {
    let rules = rules(NEWER_RULES);
    let text = String::from_utf8(public("useragents.txt")).unwrap();
    let mut all = Agreement::default();
    // Every tenth: the sample has 75,158 lines.
    for text in text.lines().step_by(10) {
        all.add(&rules.parse(text), &Compact.parse(text));
    }
    all.hold("useragents.txt", 99.7, 99.7, 99.9);
}

// What no input and no file may do.

#[test]
fn compact_engine_lets_out_no_piece_of_the_text() {
    let words =
        ["Canary", "canary7", "CanaryBot", "CanarySpider/7", "canary@example.com", "Canary/4155550132"];
    let frames = [
        "{}",
        "Mozilla/5.0 ({}; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}",
        "Mozilla/5.0 (Linux; Android 13; {}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile {}",
        "{} CFNetwork/1496.0.7 Darwin/23.5.0",
        "Chrome/{} Firefox/{} Version/{} FBAV/{} Instagram {}",
        "DoCoMo/2.0/{} KDDI-{} SoftBank/1.0/{} WILLCOM;{}/{} jig browser; {})",
        "Windows {}) Nintendo {} PlayStation {} InettvBrowser/{}",
    ];
    for word in words {
        for frame in frames {
            let text = frame.replace("{}", word);
            let agent = Compact.parse(&text);
            let out = fields(&agent).to_string().to_lowercase();
            assert!(!out.contains("canary") && !out.contains("4155550132"), "{text}: {out}");
            assert!(
                agent.major.len() <= 6 && agent.major.bytes().all(|b| b.is_ascii_digit()),
                "{text}: {out}"
            );
        }
    }
}

#[test]
fn uap_engine_lets_out_no_address_and_no_long_number() {
    let rules = rules(NEWER_RULES);
    for text in [
        "alice@example.com-Bot/1.0",
        "alice@example.com/7 CFNetwork/1496.0.7 Darwin/23.5.0",
        "4155550132Bot/1.0",
        "curl/4155550132",
        "Chrome/4155550132.0.0.0",
    ] {
        let out = fields(&rules.parse(text)).to_string();
        assert!(!out.contains("alice") && !out.contains("4155550132"), "{text}: {out}");
    }
}

#[test]
fn no_text_is_too_strange() {
    let rules = rules(NEWER_RULES);
    let strange: Vec<String> = vec![
        String::new(),
        "\0".into(),
        "/".into(),
        "@@@@".into(),
        "Chrome/".into(),
        "\u{202e}\u{feff}".into(),
        "İ".repeat(3000),
        "🦀".repeat(700),
        "(".repeat(5000),
        "Chrome/126.0 ".repeat(100_000),
        "a".repeat(1 << 20),
        format!("{}é Chrome/126", "x".repeat(2047)),
    ];
    for text in &strange {
        let (compact, uap) = (Compact.parse(text), rules.parse(text));
        assert!(!compact.family.is_empty() && !uap.family.is_empty(), "{text:?}");
    }
    // Every prefix and every gap of one character of a text that sets most marks.
    let text =
        "Mozilla/5.0 (Linux; Android 13; wv) Version/4.0 Chrome/126.0 Mobile [FB_IAB/MESSENGER;FBAV/4.0] é";
    for (at, c) in text.char_indices() {
        let (before, behind) = (&text[..at], &text[at + c.len_utf8()..]);
        assert!(!Compact.parse(before).family.is_empty());
        assert!(!Compact.parse(&format!("{before}{behind}")).family.is_empty());
    }
}

#[test]
fn a_text_is_looked_at_for_2048_bytes() {
    let at = |spaces| format!("{}curl/8.6.0", " ".repeat(spaces));
    assert_eq!(Compact.parse(&at(2000)).family, "curl");
    assert_eq!(Compact.parse(&at(2048)).family, "Other");
}

#[test]
fn broken_rules_are_an_error_before_the_first_event() {
    let codes = |bytes: &[u8]| {
        let built = UapRules::from_bytes(bytes).and_then(|rules| rules.compile().map(|()| rules));
        built.map(|_| ()).map_err(|error| error.code())
    };
    let lists = |agents: &str, os: &str, devices: &str| {
        format!("user_agent_parsers: [{agents}]\nos_parsers: [{os}]\ndevice_parsers: [{devices}]\n")
    };
    let (agent, os) = ("{regex: '(curl)/(\\d+)'}", "{regex: '(Linux)'}");
    assert_eq!(codes(lists(agent, os, "").as_bytes()), Ok(()));
    let broken = [
        (String::new(), "empty"),
        ("\0\u{1}".into(), "no YAML"),
        ("a: b".into(), "another file"),
        ("[1, 2".into(), "cut"),
        (lists("", os, ""), "no rule for user agents"),
        (lists(agent, "", ""), "no rule for systems"),
        (lists("{regex: '(unclosed'}", os, ""), "no regular expression"),
        (lists(agent, "{regex: '['}", ""), "no regular expression"),
        (lists(agent, os, "{regex: '*', device_replacement: Spider}"), "no regular expression"),
        (lists("{regex: 'x', family_replacement: '$1'}", os, ""), "a replacement without its group"),
        (lists("{regex: 'x{1000}{1000}{1000}'}", os, ""), "too large to compile"),
        (lists("{family_replacement: 'x'}", os, ""), "a rule without a regular expression"),
    ];
    for (file, why) in broken {
        assert_eq!(codes(file.as_bytes()), Err(Code::UapInvalid), "{why}");
    }
    assert_eq!(codes(b"\xff\xfe"), Err(Code::UapInvalid), "not UTF-8");
    let whole = public(RULES_OF_THE_CASES);
    assert_eq!(codes(&whole[..whole.len() / 4]), Err(Code::UapInvalid), "cut: lists are missing");
}

#[test]
fn rules_are_shared_between_threads_and_say_nothing_of_themselves() {
    let rules = rules(RULES_OF_THE_CASES);
    assert_eq!(format!("{rules:?}"), "UapRules");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let rules = rules.clone();
            scope.spawn(move || assert_eq!(rules.parse("curl/8.6.0").family, "curl"));
        }
    });
}
