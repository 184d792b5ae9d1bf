//! What holds for a whole session: which of it can be changed in the window, and when.

use crate::cli::options::OptionSpec;
use crate::gui::state::ViewState;

/// Options of the call that opened the window: here they would mean nothing.
const OF_THE_CALL: [&str; 5] = ["config", "resume", "dry-run", "display-graphs", "no-gui"];

/// Options of the log, of which a program has one.
const OF_THE_LOG: [&str; 2] = ["log-file", "debug"];

/// Options that say what is done with the experiments that are trained next.
const OF_WHAT_IS_NEXT: [&str; 2] = ["shard", "save-config"];

/// Why an option cannot be changed now, and how it is chosen instead; `None` if it can.
pub fn fixed(option: &OptionSpec, state: &ViewState) -> Option<String> {
    if option.is_of_experiments() || OF_WHAT_IS_NEXT.contains(&option.name) {
        return None;
    }
    let at_start = format!("shadernets train --{}={}", option.name, option.value);
    if OF_THE_CALL.contains(&option.name) {
        return Some(format!("Chosen when the program starts: {at_start}"));
    }
    if OF_THE_LOG.contains(&option.name) && state.logs {
        return Some(format!(
            "A program has one log, and it has begun. Chosen when the program starts: {at_start}"
        ));
    }
    state.is_busy().then(|| {
        format!(
            "Chosen when the session starts, and the same for all its runs. Once those at work are over, it can be \
             changed here for the next ones; or when the program starts: {at_start}"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::options::options;

    #[test]
    fn each_name_is_that_of_an_option_of_sessions() {
        for name in [&OF_THE_CALL[..], &OF_THE_LOG, &OF_WHAT_IS_NEXT].concat() {
            let option = options().find(|option| option.name == name);
            assert!(
                option.is_some_and(|option| !option.is_of_experiments()),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_fixed_says_how_it_is_chosen() {
        let option = |name| options().find(|option| option.name == name).unwrap();
        let mut state = ViewState::default();
        assert_eq!(fixed(option("device"), &state), None);
        assert_eq!(fixed(option("log-file"), &state), None);
        let why = fixed(option("config"), &state).unwrap();
        assert!(why.contains("shadernets train --config=FILE"), "{why}");
        state.logs = true;
        assert!(fixed(option("log-file"), &state).is_some());
        state.busy = true;
        for option in options().filter(|option| option.is_of_experiments()) {
            assert_eq!(fixed(option, &state), None, "{}", option.name);
        }
        assert_eq!(fixed(option("shard"), &state), None);
        assert!(
            fixed(option("device"), &state)
                .unwrap()
                .contains("--device=DEVICE")
        );
    }
}
