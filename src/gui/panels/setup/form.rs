//! An experiment and its session as texts, one an option, and what is wrong with them.

use std::path::Path;

use crate::cli::options::{Field as Target, OptionSpec, options};
use crate::config::{ExperimentConfig, SessionConfig};

/// One option, as it is edited.
pub struct Field {
    pub option: &'static OptionSpec,
    /// As it is typed; of an option that is repeated, its values with spaces between them.
    pub text: String,
    /// What is expected instead.
    pub error: Option<String>,
    /// Its value is not the default.
    pub changed: bool,
    pub default: String,
    /// In small letters: what a search looks through.
    words: String,
}

/// All options of an experiment and of its session, as they are edited.
pub struct Form {
    pub fields: Vec<Field>,
    /// What the texts spell; fields with an error have their default.
    config: ExperimentConfig,
    /// Without experiments.
    session: SessionConfig,
}

impl Default for Form {
    fn default() -> Self {
        Self::of(&ExperimentConfig::default(), &SessionConfig::default())
    }
}

impl Form {
    pub fn of(config: &ExperimentConfig, session: &SessionConfig) -> Self {
        let edited = SessionConfig {
            experiments: vec![config.clone()],
            ..session.clone()
        };
        let options = options().filter(|option| !matches!(option.field, Target::NextExperiment));
        let fields = options.map(|option| Field {
            option,
            text: option.text(&edited),
            error: None,
            changed: false,
            default: option.default_text(),
            words: format!("{} {} {}", option.name, option.what, option.when).to_lowercase(),
        });
        let mut form = Self {
            fields: fields.collect(),
            config: config.clone(),
            session: SessionConfig::default(),
        };
        form.check();
        form
    }

    /// The experiment that is spelled; fields with an error count as their defaults.
    pub fn config(&self) -> &ExperimentConfig {
        &self.config
    }

    /// What is spelled to hold for a whole session, without experiments.
    pub fn session(&self) -> &SessionConfig {
        &self.session
    }

    /// Takes another experiment; the session stays as it is spelled, right or wrong.
    pub fn set_experiment(&mut self, config: &ExperimentConfig) {
        let session = SessionConfig {
            experiments: vec![config.clone()],
            ..SessionConfig::default()
        };
        for field in self
            .fields
            .iter_mut()
            .filter(|field| !field.is_of_session())
        {
            field.text = field.option.text(&session);
        }
        self.check();
    }

    pub fn is_valid(&self) -> bool {
        self.fields.iter().all(|field| field.error.is_none())
    }

    /// Whether all that holds for a session is spelled well.
    pub fn is_session_valid(&self) -> bool {
        let mut of_session = self.fields.iter().filter(|field| field.is_of_session());
        of_session.all(|field| field.error.is_none())
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.option.name == name)
    }

    /// Sets the text of an option.
    pub fn set(&mut self, name: &str, text: &str) {
        let mut fields = self.fields.iter_mut();
        if let Some(field) = fields.find(|field| field.option.name == name) {
            text.clone_into(&mut field.text);
            self.check();
        }
    }

    /// Takes a data set by its folder: one below the folder of data sets is known by its name.
    pub fn set_dataset(&mut self, folder: &Path) {
        let datasets = &self.config.data.datasets_path;
        let inside = folder
            .parent()
            .is_some_and(|parent| is_same(parent, datasets));
        let text = match folder.file_name() {
            Some(name) if inside => name.to_string_lossy().into_owned(),
            _ => folder.display().to_string(),
        };
        self.set("dataset", &text);
    }

    /// Reads all texts anew; to be called after one has changed.
    pub fn check(&mut self) {
        let mut session = SessionConfig::default();
        for field in &mut self.fields {
            field.error = field.read(&mut session).err();
        }
        // What a value needs of others.
        if let Err(error) = session.validate() {
            let mut fields = self.fields.iter_mut();
            if let Some(field) = fields.find(|field| field.option.name == error.option) {
                field.error.get_or_insert(error.expected);
            }
        }
        for field in &mut self.fields {
            field.changed = field.error.is_some() || field.option.text(&session) != field.default;
        }
        self.config = session.experiments.pop().unwrap_or_default();
        self.session = session;
    }
}

impl Field {
    /// Whether it holds for all experiments of a session.
    pub fn is_of_session(&self) -> bool {
        !self.option.is_of_experiments()
    }

    /// Whether its name or help has all words of a search, given in small letters.
    pub fn is_found(&self, search: &str) -> bool {
        search
            .split_whitespace()
            .all(|word| self.words.contains(word))
    }

    /// Sets what the text spells in a session of defaults.
    fn read(&self, session: &mut SessionConfig) -> Result<(), String> {
        // A value that the option cannot spell: none.
        if self.text.trim().is_empty() && self.default.is_empty() {
            return Ok(());
        }
        let read = if self.option.is_repeated() {
            let texts: Vec<_> = self.text.split_whitespace().map(str::to_owned).collect();
            let checked = self.option.check_list(&texts);
            checked.and_then(|()| self.option.set_list(session, &texts))
        } else {
            let checked = self.option.check(&self.text);
            checked.and_then(|()| self.option.set(session, &self.text))
        };
        read.map_err(|error| error.expected().to_owned())
    }
}

/// Whether two paths are written the same, but for a leading `./`.
fn is_same(one: &Path, other: &Path) -> bool {
    let plain = |path: &Path| path.strip_prefix(".").unwrap_or(path).to_owned();
    plain(one) == plain(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CheckpointConfig, Keep, ModelKind, TrackLayer};

    /// Every option differs from its default somewhere.
    fn various() -> Vec<ExperimentConfig> {
        let mut one = ExperimentConfig {
            exp_id: "it's 10% \"new\"".to_owned(),
            ..ExperimentConfig::default()
        };
        one.data.dataset = "/data/two words".to_owned();
        one.data.filter = "1,3,5-8".parse().unwrap();
        one.data.preprocessing.trim = true;
        one.data.augmentation.noise = 0.1;
        one.model.kind = ModelKind::NLayers;
        one.model.layers = vec![];
        one.model.init_from = Some("a b/model.safetensors".into());
        one.training.track_layers = ["L0_Dense_W,10", "L1_Dense_W,3"]
            .map(|text| text.parse::<TrackLayer>().unwrap())
            .to_vec();
        one.checkpoints = CheckpointConfig {
            every: 3,
            keep: Keep { last: 1, best: 0 },
        };
        let mut other = ExperimentConfig::default();
        other.data.cache = "./some cache/".parse().unwrap();
        other.model.layers = vec![200, 100];
        other.model.seed = u64::MAX;
        other.optimizer.learning_rate = 1e-7;
        vec![ExperimentConfig::default(), one, other]
    }

    #[test]
    fn a_form_spells_the_experiment_that_it_was_made_of() {
        for config in various() {
            let mut form = Form::of(&config, &SessionConfig::default());
            assert!(form.is_valid());
            assert_eq!(form.config(), &config);
            form.check();
            assert_eq!(form.config(), &config);
            let mut other = Form::default();
            other.set_experiment(&config);
            assert_eq!(other.config(), &config);
        }
    }

    #[test]
    fn a_form_spells_the_session_that_it_was_made_of() {
        let session = SessionConfig {
            experiments: Vec::new(),
            device: "some adapter".into(),
            runs_path: "my runs".parse().unwrap(),
            jobs: 4,
            profiling: true,
            log_file: Some("a log".into()),
            shard: Some("2/3".parse().unwrap()),
            ..SessionConfig::default()
        };
        let mut form = Form::of(&ExperimentConfig::default(), &session);
        assert!(form.is_valid());
        assert_eq!(form.session(), &session);
        form.set("jobs", "0");
        assert!(!form.is_session_valid());
        form.set_experiment(&various()[1]);
        assert_eq!(form.field("jobs").unwrap().text, "0", "it stays");
        form.set("jobs", "4");
        assert_eq!(form.session(), &session);
    }

    #[test]
    fn what_is_half_typed_stays_and_says_what_is_expected() {
        let mut form = Form::default();
        form.set("learning-rate", "1e-");
        let field = form.field("learning-rate").unwrap();
        assert_eq!(field.text, "1e-");
        assert!(field.error.as_ref().unwrap().contains("a number"));
        assert!(!form.is_valid());
        form.set("learning-rate", "1e-2");
        assert!(form.is_valid());
        assert_eq!(form.config().optimizer.learning_rate, 0.01);
        form.set("dropout-rate", "1");
        let error = form.field("dropout-rate").unwrap().error.clone();
        assert!(error.unwrap().contains("0 <= rate < 1"));
    }

    #[test]
    fn values_that_do_not_go_together_are_told_under_the_one_to_change() {
        let mut form = Form::default();
        form.set("restore-best", "true");
        assert!(form.field("restore-best").unwrap().error.is_none());
        let error = form.field("early-stopping").unwrap().error.clone();
        assert!(error.unwrap().contains("--restore-best=true"));
        form.set("early-stopping", "stop");
        assert!(form.is_valid());
    }

    #[test]
    fn a_dropped_folder_is_known_by_its_name_where_data_sets_live() {
        let mut form = Form::default();
        form.set_dataset(Path::new("datasets/numbers"));
        assert_eq!(form.config().data.dataset, "numbers");
        form.set_dataset(Path::new("/my pictures/pets"));
        assert_eq!(form.config().data.dataset, "/my pictures/pets");
    }

    #[test]
    fn a_search_goes_through_names_and_help() {
        let form = Form::default();
        let found = |search: &str| {
            let found = form.fields.iter().filter(|field| field.is_found(search));
            found.map(|field| field.option.name).collect::<Vec<_>>()
        };
        assert_eq!(found("l2"), ["weight-decay"]);
        assert!(found("overfitting rot").contains(&"rot-angle"));
        assert_eq!(found("xyzzy"), [""; 0]);
        assert_eq!(found("").len(), form.fields.len());
    }
}
