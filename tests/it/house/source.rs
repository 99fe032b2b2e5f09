//! Reading source text well enough to judge it: files, code without comments and strings, words.

use std::path::{Path, PathBuf};

/// One file of the tree, by its path from the root with `/` between folders.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
}

/// Every readable file below `root/part`, without build output and version control, in a fixed order.
pub(super) fn files(root: &Path, part: &str) -> Vec<Source> {
    let mut found = Vec::new();
    walk(root, &root.join(part), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The Rust files below `root/part`.
pub(super) fn rust(root: &Path, part: &str) -> Vec<Source> {
    files(root, part).into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

fn walk(root: &Path, at: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(at).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    if at.is_file() {
        entries.push(at.to_owned());
    }
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && name != ".git" {
                walk(root, &path, found);
            }
        } else if let (Ok(text), Ok(inside)) = (std::fs::read_to_string(&path), path.strip_prefix(root)) {
            found.push(Source { path: inside.to_string_lossy().replace('\\', "/"), text });
        }
    }
}

/// What of a text a rule wants to see. Lines keep their numbers in every case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum See {
    /// Code only: comments and the insides of strings become blanks.
    Code,
    /// Code and strings: comments become blanks.
    Strings,
}

/// The text with what should not be seen blanked out.
pub(super) fn see(text: &str, what: See) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let (end, is_comment) = piece(&chars, at);
        let hidden = end > at + 1 && (is_comment || what == See::Code);
        out.extend(chars[at..end].iter().map(|&c| if hidden && c != '\n' { ' ' } else { c }));
        at = end;
    }
    out
}

/// Where the comment, string or character that begins here ends, and whether it is a comment; for plain code, the next place.
fn piece(chars: &[char], at: usize) -> (usize, bool) {
    let rest = &chars[at..];
    let before = if at == 0 { ' ' } else { chars[at - 1] };
    let until = |end: usize| (at + end.min(rest.len()), false);
    if rest.starts_with(&['/', '/']) {
        return (at + rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()), true);
    }
    if rest.starts_with(&['/', '*']) {
        let end = rest.windows(2).position(|pair| pair == ['*', '/']).map_or(rest.len(), |end| end + 2);
        return (at + end, true);
    }
    if rest[0] == 'r' && !is_word(before) {
        let hashes = rest[1..].iter().take_while(|&&c| c == '#').count();
        if rest.get(1 + hashes) == Some(&'"') {
            let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            let start = 2 + hashes;
            let end = rest[start..].windows(close.len()).position(|window| window == close);
            return until(end.map_or(rest.len(), |end| start + end + close.len()));
        }
    }
    if rest[0] == '"' {
        let mut end = 1;
        while end < rest.len() && rest[end] != '"' {
            end += if rest[end] == '\\' { 2 } else { 1 };
        }
        return until(end + 1);
    }
    if rest[0] == '\'' && rest.get(1) == Some(&'\\') {
        return until(3 + rest[3.min(rest.len())..].iter().position(|&c| c == '\'').map_or(1, |end| end + 1));
    }
    if rest[0] == '\'' && rest.get(2) == Some(&'\'') {
        return until(3);
    }
    (at + 1, false)
}

/// Can this character be part of a name?
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The numbers of the lines, from 1, on which the name stands as a whole word.
pub(super) fn lines_with(text: &str, name: &str) -> Vec<usize> {
    let stands = |line: &str| {
        line.match_indices(name).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(is_word);
            let after = line[at + name.len()..].chars().next().is_some_and(is_word);
            !(before && name.starts_with(is_word) || after && name.ends_with(is_word))
        })
    };
    text.lines().enumerate().filter(|(_, line)| stands(line)).map(|(no, _)| no + 1).collect()
}

/// Is this a file of tests beside the code?
pub(super) fn is_of_tests(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("tests.rs")
}

/// The text without its `#[cfg(test)] mod … { … }`, whose lines become empty. Takes text seen as code.
pub(super) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let (mut depth, mut end) = (0_usize, out.len());
        for (at, c) in out[start..].char_indices() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                ';' if depth == 0 => {}
                _ => continue,
            }
            if depth == 0 {
                end = start + at + 1;
                break;
            }
        }
        let blank: String = out[start..end].chars().filter(|&c| c == '\n').collect();
        out.replace_range(start..end, &blank);
    }
    out
}

#[test]
fn comments_and_strings_are_told_from_code() {
    let text = "let a = \"rhai // no\"; // rhai\nlet b = 'x'; /* rhai\n */ let c: &'static str = r#\"rhai \"# ; rhai::x(b'\\'', '\"')";
    assert_eq!(lines_with(&see(text, See::Code), "rhai"), [3]);
    assert_eq!(see(text, See::Code).lines().count(), 3);
    assert!(see(text, See::Code).contains("let c: &'static str"));
    assert_eq!(lines_with(&see(text, See::Strings), "rhai"), [1, 3]);
    assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests { fn x() { y } }\nb"), "a\n\n\nb");
}
