"""Everything HTTP that the five services share; `chassis.web.app.create_app` puts it together."""
