//! Sound options that the data set, the build or the machine cannot follow, and values at the edge
//! that work.

use crate::{Fails, Works, arguments, check};

#[test]
fn an_option_that_does_not_fit_the_data_set_or_the_build_fails() {
    check(&[
        arguments(
            "a loader of another build, by its reference's name",
            "--data-loader=NumoVips",
            Fails(&["--data-loader=vips", "--features vips"]),
        ),
        arguments(
            "another loader of another build",
            "--data-loader=TorchImageMagick",
            Fails(&["--data-loader=imagemagick", "--features imagemagick"]),
        ),
        arguments(
            "a sample that does not exist",
            "--filter-dataset=0-15,16",
            Fails(&["--filter-dataset", "index 16", "16 samples"]),
        ),
        arguments(
            "a filter that leaves too few samples",
            "--filter-dataset=0,8",
            Fails(&["class `a` has 1 usable", "--partitions"]),
        ),
        arguments(
            "an adapter that does not exist",
            "--device=Voodoo3",
            Fails(&["--device", "Voodoo3"]),
        ),
        arguments(
            "layers larger than any memory",
            "--model=NLayers --layers=1048576,1048576,1048576,1048576,1048576,1048576,1048576,1048576,\
             1048576,1048576,1048576,1048576",
            Fails(&["--layers", "GiB"]),
        ),
        arguments(
            "more clones than can be counted",
            "--nbr-clones=4294967295",
            Fails(&["--nbr-clones=4294967295"]),
        ),
    ]);
}

#[test]
fn a_value_at_the_edge_works() {
    let trains: &[&str] = &["Summary", " 16\n"];
    check(&[
        arguments(
            "no hidden layer",
            "--model=NLayers --layers=",
            Works(trains),
        ),
        arguments(
            "a layer of one unit",
            "--model=NLayers --layers=1",
            Works(trains),
        ),
        arguments(
            "images of one pixel",
            "--resize=1,1",
            Works(&["1 x 1 x 3", "Summary"]),
        ),
        arguments(
            "minibatches of one sample",
            "--model=NLayers --max-minibatch-size=1",
            Works(trains),
        ),
        arguments(
            "a huge minibatch",
            "--max-minibatch-size=18446744073709551615",
            Works(trains),
        ),
        arguments("all for training", "--partitions=training=1", Works(trains)),
        arguments(
            "one sample only",
            "--filter-dataset=3 --partitions=training=1",
            Works(&["Summary"]),
        ),
        arguments(
            "weights of zero",
            "--model=NLayers --initializer=zero",
            Works(trains),
        ),
        arguments(
            "the largest seeds",
            "--model-seed=18446744073709551615 --dataset-seed=18446744073709551615",
            Works(trains),
        ),
        arguments(
            "two runs from the largest seed",
            "--model-seed=18446744073709551615 --training-times=2",
            Works(&["main_1", "Summary"]),
        ),
        arguments(
            "weights that diverge",
            "--optimizer=Constant --learning-rate=1e38 --nbr-epochs=4 --gradient-checks=off",
            Works(&["Warning: ", "Summary"]),
        ),
    ]);
}
