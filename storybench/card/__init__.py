"""The report card of metrics: what each one answers when pictures are spoilt on purpose."""
