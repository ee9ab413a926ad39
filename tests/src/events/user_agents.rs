//! A few hundred user agents of browsers, apps and bots in use; knows nothing of who sends them.

use super::draw::Draw;

/// All of them, the most frequent first when drawn by Zipf's law.
pub(super) fn all(draw: &mut Draw) -> Vec<String> {
    let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
    let mut agents = Vec::new();
    for chrome in 128..146 {
        let tail = format!("{webkit} Chrome/{chrome}.0.0.0");
        agents.push(format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {tail} Safari/537.36"));
        agents.push(format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {tail} Safari/537.36"));
        agents.push(format!("Mozilla/5.0 (Linux; Android 10; K) {tail} Mobile Safari/537.36"));
        agents.push(format!("Mozilla/5.0 (X11; Linux x86_64) {tail} Safari/537.36"));
        agents.push(format!(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {tail} Safari/537.36 Edg/{chrome}.0.0.0"
        ));
    }
    for (chrome, product) in (128..146).zip((25..).flat_map(|version| [version; 3])) {
        let tail = format!("{webkit} SamsungBrowser/{product}.0 Chrome/{chrome}.0.0.0 Mobile Safari/537.36");
        agents.push(format!("Mozilla/5.0 (Linux; Android 14; SM-S921B) {tail}"));
        let tail = format!("{webkit} Chrome/{chrome}.0.0.0 Safari/537.36 OPR/{}.0.0.0", chrome - 16);
        agents.push(format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {tail}"));
    }
    for firefox in 128..146 {
        for os in
            ["Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10.15", "X11; Ubuntu; Linux x86_64"]
        {
            agents.push(format!("Mozilla/5.0 ({os}; rv:{firefox}.0) Gecko/20100101 Firefox/{firefox}.0"));
        }
    }
    for (major, minor) in (15..19).flat_map(|major| (0..7).map(move |minor| (major, minor))) {
        let webkit = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        let iphone = format!("Mozilla/5.0 (iPhone; CPU iPhone OS {major}_{minor} like Mac OS X) {webkit}");
        agents.push(format!("{iphone} Version/{major}.{minor} Mobile/15E148 Safari/604.1"));
        agents.push(format!(
            "{iphone} Mobile/21F90 Instagram {}.0.0.{}.112 (iPhone14,5; iOS {major}_{minor}; en_CA; en-CA; scale=3.00; \
             1170x2532; 612345678)",
            300 + 10 * major + minor,
            10 + minor
        ));
        agents.push(format!(
            "{iphone} Mobile/21F90 [FBAN/FBIOS;FBAV/{}.0.0.40.107;FBBV/611234567;FBDV/iPhone14,5;FBMD/iPhone;\
             FBSN/iOS;FBSV/{major}.{minor};FBSS/3;FBID/phone;FBLC/en_US;FBOP/5]",
            400 + 7 * major + minor
        ));
        agents.push(format!(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {webkit} Version/{major}.{minor} Safari/605.1.15"
        ));
    }
    for bot in [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "python-requests/2.32.3",
        "curl/8.9.1",
        "",
    ] {
        agents.push(bot.to_owned());
    }
    for last in (1..agents.len()).rev() {
        agents.swap(last, draw.below(last as u64 + 1) as usize);
    }
    agents
}
