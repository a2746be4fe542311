"""Make the event log append-only in the database itself."""

from django.db import migrations

PROTECT = """
CREATE FUNCTION core_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The one change ever allowed: the sequencer gives an event its stream number, once.
    IF TG_OP = 'UPDATE' AND OLD.number IS NULL AND NEW.number IS NOT NULL
       AND (to_jsonb(NEW) - 'number') = (to_jsonb(OLD) - 'number') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'The event log is append-only: event % cannot be changed or deleted.', OLD.id
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER core_event_append_only BEFORE UPDATE OR DELETE ON core_event
    FOR EACH ROW EXECUTE FUNCTION core_event_is_append_only();
"""

UNPROTECT = """
DROP TRIGGER core_event_append_only ON core_event;
DROP FUNCTION core_event_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
