//! Names of fields that look personal; knows no schema.

/// What is looked for, with its source.
const NAMES: &str = include_str!("personal_names.txt");

/// Whether a field's own name looks as if what it holds were personal.
pub(super) fn looks_personal(name: &str) -> bool {
    let words = words(name);
    let lines = NAMES.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut found, mut spared) = (vec![false; words.len()], vec![false; words.len()]);
    for line in lines {
        let (name, marks) = match line.strip_prefix('!') {
            Some(name) => (name, &mut spared),
            None => (line, &mut found),
        };
        let name: Vec<&str> = name.split(' ').collect();
        for start in 0..words.len() {
            let here = words.get(start..start + name.len());
            if here.is_some_and(|here| here.iter().zip(&name).all(|(word, name)| is_word(word, name))) {
                marks.iter_mut().skip(start).take(name.len()).for_each(|mark| *mark = true);
            }
        }
    }
    found.iter().zip(spared).any(|(found, spared)| *found && !spared)
}

/// Whether it is that word, of one or of many.
fn is_word(word: &str, name: &str) -> bool {
    word.strip_prefix(name).is_some_and(|ending| matches!(ending, "" | "s" | "es"))
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        // `userAgent` is two words, and so is `IPAddress`.
        let begins = c.is_uppercase()
            && (before.is_some_and(char::is_lowercase)
                || before.is_some_and(char::is_uppercase)
                    && chars.peek().is_some_and(|next| next.is_lowercase()));
        if begins || !c.is_alphabetic() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (c.is_alphabetic(), words.last_mut()) {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_in_any_spelling() {
        for name in [
            "email",
            "Email",
            "billingEmail",
            "e_mail",
            "E-Mail2",
            "clientIP",
            "IPAddress",
            "ip",
            "user_agent",
            "userAgent",
            "lat",
            "geo.lat",
            "first_name",
            "name",
            "emails",
            "postalAddresses",
            "homeAddress",
            "DOB",
            "event_name_of_user_name",
        ] {
            assert!(looks_personal(name), "{name}");
        }
        for name in [
            "",
            "ship",
            "relation",
            "event_name",
            "EventName",
            "flat_rate",
            "message_id",
            "status",
            "n",
            "clip",
            "platform",
        ] {
            assert!(!looks_personal(name), "{name}");
        }
    }

    #[test]
    fn each_name_is_lower_case_and_stands_once() {
        let lines: Vec<&str> =
            NAMES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        for (at, line) in lines.iter().enumerate() {
            assert!(
                line.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || " !".contains(c)),
                "{line}"
            );
            assert!(!lines[..at].contains(line), "{line} twice");
        }
    }
}
