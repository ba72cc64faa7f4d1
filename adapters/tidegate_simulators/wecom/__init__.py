"""WeCom's platform: messages to a company's staff, and through them to its customers."""

from tidegate_simulators.wecom.corp import App, Corp, Customer, Member, Relation, Robot
from tidegate_simulators.wecom.events import Company
from tidegate_simulators.wecom.simulator import WeComSimulator
from tidegate_simulators.wecom.tasks import Task

__all__ = ["App", "Company", "Corp", "Customer", "Member", "Relation", "Robot", "Task", "WeComSimulator"]
