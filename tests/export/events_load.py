"""Prints the scalars that TensorBoard finds in a folder, as JSON. Usage: events_load.py FOLDER"""

import json
import math
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

# All of them: TensorBoard draws a sample of more than 1000.
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0}, purge_orphaned_data=True)
events.Reload()
number = lambda value: value if math.isfinite(value) else None
scalars = {
    tag: [(event.step, event.wall_time, number(event.value)) for event in events.Scalars(tag)]
    for tag in events.Tags()["scalars"]
}
print(json.dumps(scalars))
