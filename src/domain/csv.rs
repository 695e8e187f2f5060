//! Comma-separated values (RFC 4180) that a spreadsheet does not run.

/// A row with its line end. A cell that a spreadsheet would take for a formula begins with an apostrophe, which makes it text.
pub fn row<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|text| cell(text.as_ref())).collect();
    cells.join(",") + "\r\n"
}

fn cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && text.parse::<i64>().is_err();
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_where_they_must_and_never_a_formula() {
        assert_eq!(
            row(["plain", "a,b", "say \"so\"", "two\nlines", ""]),
            "plain,\"a,b\",\"say \"\"so\"\"\",\"two\nlines\",\r\n"
        );
        assert_eq!(row(["=1+1", "+49 30", "-1", "-x", "@sum", "\t="]), "'=1+1,'+49 30,-1,'-x,'@sum,'\t=\r\n");
    }
}
