"""What training any of the models needs: a task and a recipe in, a run folder out.

task        what a model brings
schedule    learning rates over the steps
recipe      everything the weights depend on
plan        which items each process takes in every step
machine     device, precision, and how many processes share the work
recompute   activations that are computed again instead of kept
memory      how much a step will take, before it starts
average     the moving average of the weights
state       what a step changes, as files without pickles
folder      a run on disk: its identity, its checkpoints
log         metrics as JSON lines and for TensorBoard
agreeing    what one process finds wrong, all say
stopping    Ctrl-C ends a step first
loop        all of it together
"""
