"""The words that generated orgs are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

AREAS = (
    "Freight", "Service", "Supplier", "Loyalty", "Fleet", "Claim", "Asset", "Contract", "Warranty", "Training",
    "Payroll", "Audit", "Campaign", "Vendor", "Depot", "Subscription", "Field", "Energy", "Recall", "Tender",
    "Clinic", "Grant", "Venue", "Permit",
)  # fmt: skip
NOUNS = (
    "Request", "Line", "Schedule", "Assignment", "Rating", "Visit", "Policy", "Invoice", "Batch", "Item", "Threshold",
    "Forecast", "Location", "Agreement", "Milestone", "Shipment", "Certificate", "Budget", "Inspection", "Allocation",
    "Route", "Approval", "Partner", "Measure", "Ticket", "Bundle", "Quota", "Register", "Charge", "Plan",
)  # fmt: skip
QUALITIES = (
    "Primary", "Billing", "Expected", "Original", "Approved", "External", "Local", "Net", "Gross", "Final", "Initial",
    "Planned", "Actual", "Preferred", "Regional", "Legal", "Internal", "Previous", "Next", "Estimated", "Confirmed",
    "Standard", "Manual", "Reported", "Minimum", "Maximum", "Annual", "Monthly", "Open", "Closed",
)  # fmt: skip
THINGS = {
    "Text": ("Reference", "Code", "Number_Plate", "Batch_Code", "Tax_Id", "Alias", "Signature", "Serial"),
    "TextArea": ("Address", "Remark", "Instruction"),
    "LongTextArea": ("Comment", "History", "Specification", "Payload"),
    "Number": ("Quantity", "Weight", "Volume", "Score", "Distance"),
    "Currency": ("Cost", "Value", "Fee", "Margin", "Balance"),
    "Percent": ("Share", "Rate", "Completion"),
    "Date": ("Date", "Deadline", "Start", "End"),
    "DateTime": ("Check_In", "Departure", "Sync"),
    "Checkbox": ("Flag", "Consent", "Lock", "Priority", "Exemption"),
    "Picklist": ("Category", "Channel", "Region", "Stage", "Reason", "Class"),
    "MultiselectPicklist": ("Skills", "Markets", "Features"),
    "Email": ("Email",),
    "Phone": ("Phone",),
    "Url": ("Link", "Portal"),
    "Lookup": ("Source", "Target", "Provider", "Receiver", "Manager"),
    "Formula": ("Indicator", "Summary", "Total", "Age"),
}
VALUES = (
    ("North", "South", "East", "West", "Central"),
    ("Draft", "Submitted", "In Review", "Accepted", "Rejected", "Withdrawn"),
    ("Low", "Medium", "High", "Critical"),
    ("Web", "Phone", "E-mail", "Partner", "Walk-in", "Chat"),
    ("Bronze", "Silver", "Gold", "Platinum"),
    ("Late delivery", "Wrong item", "Damaged", "Price", "Quality", "Other"),
    ("Retail", "Wholesale", "Public sector", "Non-profit"),
    ("A", "B", "C", "D", "E", "F", "G", "H"),
)
STATUSES = ("New", "In Progress", "On Hold", "Completed", "Cancelled")
PEOPLE = (
    "Amara Okoye", "Jonas Lindqvist", "Priya Raman", "Mateo Alvarez", "Hana Suzuki", "Greta Baumann", "Omar Haddad",
    "Sinead Byrne", "Tobias Keller", "Ling Wei", "Rosa Ferreira", "Anton Petrov", "Noor Aziz", "Emil Novak",
    "Clara Jensen", "Victor Mensah", "Yara Cohen", "Pavel Dvorak", "Mina Park", "Samuel Ortiz", "Deployment Service",
    "Integration Platform", "Ivy Chambers", "Rafael Costa",
)  # fmt: skip
FIRST = (
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gus",
    "Hope",
    "Ian",
    "Joy",
    "Kai",
    "Lou",
    "Max",
    "Nia",
    "Oz",
    "Pia",
)
LAST = (
    "Archer", "Bishop", "Carver", "Dyer", "Ellis", "Fuller", "Glover", "Hooper", "Ingram", "Joiner", "Keeler",
    "Lorimer", "Mercer", "Norman", "Palmer", "Reeve", "Sawyer", "Turner", "Usher", "Walker",
)  # fmt: skip
SENTENCES = (
    "Agreed with the regional leads; do not change without asking them.",
    "Filled by the nightly import, corrected by hand where the source is late.",
    "Needed for the yearly audit.",
    "Was part of the first roll-out and is kept for reports.",
    "Only the back office edits this after approval.",
    "Copied to the data warehouse every hour.",
    "Shown to partners in the portal.",
    "Decides which queue takes over.",
)


def words(name: str) -> str:
    """An API name as a label: `Freight_Request__c` → `Freight Request`."""
    return name.removesuffix("__c").removesuffix("__mdt").replace("_", " ")


def plural(label: str) -> str:
    """The plural of a label."""
    if label.endswith("y") and label[-2:-1] not in "aeiou":
        return f"{label[:-1]}ies"
    return f"{label}es" if label.endswith(("s", "ch", "x")) else f"{label}s"


def pairs(first: Sequence[str], second: Sequence[str], joint: str = "_") -> Iterator[str]:
    """Every combination of two words, no two alike, early ones as mixed as late ones; then all again, numbered."""
    round_ = 0
    while True:
        for step in range(len(second)):
            for index, word in enumerate(first):
                name = f"{word}{joint}{second[(index + step) % len(second)]}"
                yield f"{name}{joint}{round_ + 1}" if round_ else name
        round_ += 1
