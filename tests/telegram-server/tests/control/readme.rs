//! The README names every command there is.

#[test]
fn every_command_stands_in_the_readme_and_no_other() {
    let source = include_str!("../../src/control/command.rs");
    let commands = source.split("pub(crate) enum Command {").nth(1).and_then(|rest| rest.split("\n}").next());
    let names = commands.expect("the commands").lines().filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|line| line.starts_with(char::is_uppercase));
    let snake = |name: &str| {
        let mut words = String::new();
        for letter in name.chars().take_while(char::is_ascii_alphanumeric) {
            if letter.is_uppercase() && !words.is_empty() {
                words.push('_');
            }
            words.push(letter.to_ascii_lowercase());
        }
        words
    };
    let mut commands: Vec<String> = names.map(snake).collect();
    let readme = include_str!("../../README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| `do`")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let mut listed: Vec<String> = rows.flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned)).collect();
    commands.sort();
    listed.sort();
    assert_eq!(commands, listed);
}
