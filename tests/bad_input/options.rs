//! Options out of their range, and unknown names.

use crate::{WrongUsage, arguments, check};

#[test]
fn a_value_out_of_range_is_wrong_usage() {
    check(&[
        arguments(
            "partitions that add up to more than 1",
            "--partitions=training=0.7,dev=0.7,test=0.1",
            WrongUsage(&["--partitions", "add up to 1"]),
        ),
        arguments(
            "partitions that add up to less than 1",
            "--partitions={\"training\":0.5,\"dev\":0.1}",
            WrongUsage(&["--partitions", "add up to 1"]),
        ),
        arguments(
            "a negative partition",
            "--partitions=training=1.5,dev=-0.5",
            WrongUsage(&["--partitions", "0 to 1"]),
        ),
        arguments(
            "nothing for training",
            "--partitions=dev=0.5,test=0.5",
            WrongUsage(&["--partitions", "training"]),
        ),
        arguments(
            "layers of zero units",
            "--layers=16,0",
            WrongUsage(&["--layers", "16,0"]),
        ),
        arguments(
            "negative layers",
            "--layers -5",
            WrongUsage(&["--layers", "'-5'"]),
        ),
        arguments(
            "layers that are no list",
            "--layers=16,,16",
            WrongUsage(&["--layers", "16,,16"]),
        ),
        arguments(
            "a negative learning rate",
            "--learning-rate -0.1",
            WrongUsage(&["--learning-rate", "'-0.1'", "above 0"]),
        ),
        arguments(
            "a learning rate of zero",
            "--learning-rate=0",
            WrongUsage(&["--learning-rate"]),
        ),
        arguments(
            "a learning rate of NaN",
            "--learning-rate=NaN",
            WrongUsage(&["--learning-rate"]),
        ),
        arguments(
            "an infinite learning rate",
            "--learning-rate=1e999",
            WrongUsage(&["--learning-rate"]),
        ),
        arguments(
            "a negative decay",
            "--decay=-1",
            WrongUsage(&["--decay", "'-1'"]),
        ),
        arguments(
            "a negative weight decay",
            "--weight-decay=-1",
            WrongUsage(&["--weight-decay"]),
        ),
        arguments(
            "a dropout of all units",
            "--dropout-rate=1",
            WrongUsage(&["--dropout-rate"]),
        ),
        arguments(
            "a negative dropout",
            "--dropout-rate=-0.1",
            WrongUsage(&["--dropout-rate"]),
        ),
        arguments(
            "negative noise",
            "--noise-intensity=-0.1",
            WrongUsage(&["--noise-intensity"]),
        ),
        arguments("no epoch", "--nbr-epochs=0", WrongUsage(&["--nbr-epochs"])),
        arguments(
            "an empty minibatch",
            "--max-minibatch-size=0",
            WrongUsage(&["--max-minibatch-size"]),
        ),
        arguments("no clone", "--nbr-clones=0", WrongUsage(&["--nbr-clones"])),
        arguments(
            "a size of zero",
            "--resize=0,16",
            WrongUsage(&["--resize", "0,16"]),
        ),
        arguments(
            "a size without height",
            "--resize=16",
            WrongUsage(&["--resize"]),
        ),
        arguments(
            "a huge size",
            "--resize=99999,99999",
            WrongUsage(&["--resize", "16384"]),
        ),
        arguments(
            "a negative seed",
            "--model-seed=-1",
            WrongUsage(&["--model-seed"]),
        ),
        arguments(
            "a number with a unit",
            "--nbr-epochs=10min",
            WrongUsage(&["--nbr-epochs", "10min"]),
        ),
        arguments(
            "a flag with a number",
            "--trim=2",
            WrongUsage(&["--trim", "true or false"]),
        ),
        arguments(
            "a path as a name",
            "--exp-id=../up",
            WrongUsage(&["--exp-id", "../up"]),
        ),
        arguments(
            "options that exclude each other",
            "--early-stopping=stop --eval-dev=false",
            WrongUsage(&["--early-stopping=stop", "--eval-dev"]),
        ),
        arguments(
            "two devices",
            "--experiment --device=gpu",
            WrongUsage(&["--device", "'cpu' and 'gpu'"]),
        ),
    ]);
}

#[test]
fn an_unknown_name_is_wrong_usage() {
    check(&[
        arguments(
            "an option",
            "--learning-rte=1",
            WrongUsage(&["'--learning-rte'", "'--learning-rate'"]),
        ),
        arguments(
            "an option like no other",
            "--frobnicate",
            WrongUsage(&["'--frobnicate'"]),
        ),
        arguments(
            "an ambiguous option",
            "--early=5",
            WrongUsage(&["--early", "--early-stopping-patience"]),
        ),
        arguments(
            "a model",
            "--model=NLayer",
            WrongUsage(&["--model", "did you mean NLayers?"]),
        ),
        arguments(
            "an optimizer",
            "--optimizer=Adm",
            WrongUsage(&["--optimizer", "did you mean Adam?"]),
        ),
        arguments(
            "an activation",
            "--activation=softplus",
            WrongUsage(&["--activation", "tanh"]),
        ),
        arguments(
            "an initializer",
            "--initializer=two",
            WrongUsage(&["--initializer", "zero"]),
        ),
        arguments(
            "a loss",
            "--loss=Hinge",
            WrongUsage(&["--loss", "CrossEntropy"]),
        ),
        arguments(
            "a loader",
            "--data-loader=opencv",
            WrongUsage(&["--data-loader", "image"]),
        ),
        arguments(
            "an action",
            "--on-bad-image=ignore",
            WrongUsage(&["--on-bad-image", "skip"]),
        ),
        arguments(
            "a check",
            "--gradient-checks=perhaps",
            WrongUsage(&["--gradient-checks", "warning"]),
        ),
        arguments(
            "a command",
            "dataset shwo",
            WrongUsage(&["'shwo'", "'show'"]),
        ),
        arguments(
            "a shipped data set",
            "dataset generate number",
            WrongUsage(&["'number'", "'numbers'"]),
        ),
        arguments(
            "an empty data set",
            "--dataset=",
            WrongUsage(&["--dataset"]),
        ),
    ]);
}
