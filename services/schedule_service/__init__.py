"""What a schedule is made of, checked and kept."""

from services.schedule_service.service import ScheduleService

__all__ = ["ScheduleService"]
