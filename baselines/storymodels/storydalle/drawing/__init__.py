"""From a checkpoint and stories to pictures: `storybench generate`.

opening      a path becomes a model that draws
options      the options of the command, checked
memory       how much memory a batch takes
generating   whole batches of stories to pictures
"""
