//! English country names by ISO 3166-1 alpha-2 code; knows no addresses.

/// Lines of `CA<tab>Canada`, sorted by code, after a heading of `#` lines.
const TABLE: &str = include_str!("../../data/iso3166.tsv");

/// The table, read.
pub(super) struct Countries(Vec<(&'static str, &'static str)>);

impl Countries {
    pub(super) fn read() -> Self {
        Countries(TABLE.lines().filter_map(|line| line.split_once('\t')).collect())
    }

    /// The country's name, if the code is one of a country.
    pub(super) fn name(&self, code: &str) -> Option<&'static str> {
        let found = self.0.binary_search_by_key(&code, |&(code, _)| code).ok()?;
        self.0.get(found).map(|&(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::Countries;

    #[test]
    fn the_table_is_whole_and_sorted() {
        let countries = Countries::read();
        assert_eq!(countries.0.len(), 250);
        assert!(countries.0.is_sorted_by(|a, b| a.0 < b.0));
        assert!(countries.0.iter().all(|(code, name)| {
            code.len() == 2
                && code.bytes().all(|b| b.is_ascii_uppercase())
                && name.trim() == *name
                && name.len() > 3
        }));
    }

    #[test]
    fn a_code_of_no_country_has_no_name() {
        let countries = Countries::read();
        assert_eq!(countries.name("CA"), Some("Canada"));
        assert_eq!(countries.name("XK"), Some("Kosovo"));
        for code in ["EU", "AP", "ZZ", "A1", "", "C", "CAN", "ca"] {
            assert_eq!(countries.name(code), None, "{code}");
        }
    }
}
