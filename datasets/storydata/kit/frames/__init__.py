"""Where frames come from: videos now, strips and arrays with the datasets that need them."""
