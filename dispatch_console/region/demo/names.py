"""Invented people and shops; only the streets they live in are real."""

DRIVERS = (
    "Lea Beck", "Jonas Frick", "Mira Hasler", "Amir Kaya", "Nina Wohlwend", "Petra Ospelt", "Sandro Risch",
    "Elif Demir", "Marco Büchel", "Tanja Marxer", "Luca Vogt", "Fabian Kindle", "Jana Schädler", "Noah Sele",
    "Alina Eberle", "Dario Gassner", "Selina Kaiser", "Goran Petrović", "Ramona Nigg", "Kevin Oehri",
    "Melanie Quaderer", "Patrick Ritter", "Samira Haddad", "Tobias Wanger", "Julia Walser", "Stefan Batliner",
    "Anja Biedermann", "Ivan Kovač", "Corina Foser", "Manuel Goop", "Sarah Hoop", "David Jehle", "Vanessa Konrad",
    "Remo Lampert", "Laura Meier", "Yannick Näscher", "Carla Silva", "Beat Schurti", "Milena Verling", "Rolf Zechner",
)  # fmt: skip

SECOND_COMPANY_DRIVERS = ("Urs Ammann", "Livia Brunner", "Reto Caduff", "Mara Derungs", "Flurin Egger", "Gian Flütsch")

SHOPS = (
    ("Bäckerei Sonnenblick", "bakery"), ("Pizzeria Luce", "food"), ("Apotheke am Bach", "pharmacy"),
    ("Blumen Enzian", "shop"), ("Buchhandlung Seitenweise", "shop"), ("Metzgerei Talblick", "food"),
    ("Weinkeller Abendrot", "shop"), ("Sushi Kranich", "food"), ("Thai Orchidee", "food"),
    ("Velo Rückenwind", "bulky"), ("Optik Weitsicht", "shop"), ("Papeterie Federleicht", "shop"),
    ("Burgerei Grat", "food"), ("Kaffeerösterei Föhn", "shop"), ("Konditorei Zuckerschnee", "bakery"),
    ("Apotheke Arnika", "pharmacy"), ("Möbelhaus Vierjahreszeiten", "bulky"), ("Elektro Lichtblick", "bulky"),
    ("Bioladen Wurzelwerk", "food"), ("Käserei Alpstube", "food"), ("Trattoria Via Verde", "food"),
    ("Kinderladen Purzelbaum", "shop"), ("Sporthaus Gipfelkreuz", "shop"), ("Drogerie Salbei", "pharmacy"),
    ("Ramen Nordwand", "food"), ("Garten Grünspecht", "bulky"), ("Schreinerei Astloch", "bulky"),
    ("Spielwaren Murmel", "shop"), ("Curry Kardamom", "food"), ("Druckerei Andruck", "shop"),
    ("Uhren Viertelvor", "shop"), ("Getränke Quellrein", "bulky"), ("Confiserie Kakaobohne", "bakery"),
    ("Labor Probenpunkt", "pharmacy"), ("Treuhand Saldo", "office"), ("Architektur Grundriss", "office"),
    ("Kanzlei Paragraph", "office"), ("Zahntechnik Eckzahn", "office"), ("Schuhhaus Tritt", "shop"),
    ("Falafel Zeder", "food"),
)  # fmt: skip

RECEIVERS = (
    "A. Marxer", "B. Frommelt", "C. Schädler", "D. Hasler", "E. Büchel", "F. Ospelt", "G. Wohlwend", "H. Kindle",
    "I. Sele", "J. Oehri", "K. Matt", "L. Ritter", "M. Beck", "N. Quaderer", "O. Wanger", "P. Meier", "R. Eberle",
    "S. Nägele", "T. Kaiser", "U. Gstöhl", "V. Banzer", "W. Hoop", "X. Roth", "Y. Lins", "Z. Gerner",
)  # fmt: skip

GOODS = {
    "bakery": ("Bread and rolls", "Birthday cake", "Breakfast box", "Pastry platter"),
    "food": ("Hot meal", "Lunch for the office", "Dinner for two", "Catering tray"),
    "pharmacy": ("Prescription", "Medication, keep cool", "Lab samples"),
    "shop": ("Parcel", "Gift box", "Two parcels", "Returned goods"),
    "bulky": ("Armchair", "Garden table", "Crates of drinks", "Washing machine", "Bicycle"),
    "office": ("Documents", "Contract folder", "Plans, rolled"),
}

REASONS = {
    "cancel": ("Customer changed their mind", "Wrong address", "Out of stock", "Duplicate order", "Created by mistake"),
    "unassign": ("Driver delayed", "Vehicle fault", "Zone correction", "Balancing the load", "Shift ended"),
    "switch": ("Driver delayed", "Vehicle fault", "Closer driver free", "Balancing the load"),
    "reject": ("Too far", "Vehicle too small", "Shift ends soon", "Break"),
    "pickup_failed": ("Shop is closed", "Not ready", "Nobody at the pickup", "Wrong address"),
    "delivery_failed": ("Nobody at home", "Refused at the door", "Wrong address", "No access to the building"),
    "return": ("Refused at the door", "Nobody at home", "Wrong address", "Damaged on the way"),
    "exception": (
        *("Delay", "Damage", "Wrong address", "Customer absent", "Breakdown"),
        *("Weather", "Refused", "Lost", "Other"),
    ),
    "hold": ("Waiting for the customer", "Food not ready", "Payment in question", "Road closed"),
}
