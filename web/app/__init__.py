"""The pages inside the portal: settings, journals and the CRM tab, shown in the portal's own frame."""
