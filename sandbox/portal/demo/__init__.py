"""What the portal's messenger page shows and does: views of chats, tasks and CRM, and a live stream."""
