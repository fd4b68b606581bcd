"""Sales: opportunities, pipeline, forecast and cross-selling."""
